"""Events from one service's database into those of others: nothing lost, nothing twice.

Outbox → relay → Kafka → inbox. An event is stored in the transaction that made it true, sent by
the one
leading relay of its service, and handled in the transaction that stores its id. `docs/events.md`
tells
the whole story.
"""
