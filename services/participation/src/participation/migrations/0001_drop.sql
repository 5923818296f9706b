-- Back to an empty database.
drop table project_entries, project_lines, counts, ballots, ballot_box, voters, electors, projects, rounds,
    costings, supports, support_counters, proposals, known_residents cascade;
drop function refuse_change, guard_round, guard_admission, guard_ballot, guard_count, seal_ballots;
drop table known_units, known_grants, idempotency_keys, dead_letters, consumer_partitions, inbox, relay_partitions,
    relay_log, outbox, event_subjects cascade;
