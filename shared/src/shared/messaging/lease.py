"""A slot of its own for each live process, so that no two share a Kafka instance id.

Two members with one instance id throw each other out again and again. The slot is an advisory lock
held by a connection of its own: when the process dies, or its connection does, the slot is free.
"""

from types import TracebackType

import asyncpg

MOST_SLOTS = 64
LEASE_LOCK = 7_216_002


class LeaseLost(Exception):
    """The connection that held the slot is gone: somebody else may hold it by now."""


class NoSlotFree(Exception):
    """All 64 slots of a consumer are taken by live processes."""


class Lease:
    """The lowest free slot, held while the context lasts."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: asyncpg.Connection | None = None
        self.slot = -1

    async def __aenter__(self) -> "Lease":
        """Take a slot.

        Raises:
            NoSlotFree: as many processes run already.
        """
        self._connection = await asyncpg.connect(self._url, timeout=5, command_timeout=5)
        for slot in range(MOST_SLOTS):
            if await self._connection.fetchval(
                "select pg_try_advisory_lock($1, $2)", LEASE_LOCK, slot
            ):
                self.slot = slot
                return self
        raise NoSlotFree

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the slot back."""
        if self._connection is not None:
            self._connection.terminate()

    def check(self) -> None:
        """Go on only while the slot is ours.

        Raises:
            LeaseLost: the connection is closed.
        """
        if self._connection is None or self._connection.is_closed():
            raise LeaseLost
