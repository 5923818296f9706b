"""The verdict on a story: read from its two databases and from what its writers were told."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import asyncpg

Version = tuple[str, int]


@dataclass(frozen=True)
class Verdict:
    """What a story left behind; `violations` counts by name, and is empty when all is well."""

    events: int
    applied: int
    violations: dict[str, int] = field(default_factory=dict)


async def judge(source: str, target: str, acknowledged: Iterable[Version] = ()) -> Verdict:
    """Compare everything that was committed with everything that was applied.

    * `lost`: committed in the outbox, never applied; `foreign`: applied, never committed;
    * `doubled`: applied more than once; `misordered`: subjects not applied in their order;
    * `gapped`: subjects whose sequences are not 1..n; `halved`: versions without their event;
    * `miscounted`: counters that differ from their aggregate;
    * `pending`: not sent; `parked`: dead letters; `unkept`: acknowledged, but not committed.
    """
    outbox, aggregates, pending = await _read_source(source)
    applied, counters, parked = await _read_target(target)
    times = Counter(applied)
    findings = {
        "lost": len(set(outbox) - set(applied)),
        "foreign": len(set(applied) - set(outbox)),
        "doubled": sum(count > 1 for count in times.values()),
        "misordered": _count_misordered(applied),
        "gapped": sum(
            sorted(sequences) != list(range(1, len(sequences) + 1))
            for sequences in _by_subject(outbox).values()
        ),
        "halved": abs(sum(aggregates.values()) - len(outbox)),
        "miscounted": sum(
            counters.get(subject) != (version, version) for subject, version in aggregates.items()
        ),
        "pending": pending,
        "parked": parked,
        "unkept": len(set(acknowledged) - set(outbox)),
    }
    return Verdict(
        len(outbox), len(applied), {name: count for name, count in findings.items() if count}
    )


async def count_missing(source: str, target: str) -> int:
    """Return how many committed events still wait for their effect."""
    outbox, _, _ = await _read_source(source)
    applied, _, _ = await _read_target(target)
    return len(set(outbox) - set(applied))


def _by_subject(versions: Iterable[Version]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for subject, version in versions:
        found.setdefault(subject, []).append(version)
    return found


def _count_misordered(applied: list[Version]) -> int:
    """Repetitions are left out: they are counted as such."""
    firsts = _by_subject(dict.fromkeys(applied))
    return sum(versions != sorted(versions) for versions in firsts.values())


async def _read_source(source: str) -> tuple[list[Version], dict[str, int], int]:
    connection = await asyncpg.connect(source)
    try:
        rows = await connection.fetch("select subject, sequence from outbox order by id")
        states = await connection.fetch("select id, version from aggregates")
        pending = await connection.fetchval(
            "select count(*) from outbox where published_at is null"
        )
    finally:
        await connection.close()
    return (
        [(row["subject"], row["sequence"]) for row in rows],
        {str(row["id"]): row["version"] for row in states},
        pending,
    )


async def _read_target(
    target: str,
) -> tuple[list[Version], dict[str, tuple[int, int]], int]:
    connection = await asyncpg.connect(target)
    try:
        rows = await connection.fetch("select subject, version from applied order by n")
        counts = await connection.fetch("select subject, count, last from counters")
        parked = await connection.fetchval("select count(*) from dead_letters")
    finally:
        await connection.close()
    return (
        [(str(row["subject"]), row["version"]) for row in rows],
        {str(row["subject"]): (row["count"], row["last"]) for row in counts},
        parked,
    )
