"""The stated tie rule: keys in order, then a lot that anyone can draw again."""

from __future__ import annotations

import hashlib

from participation.domain.counting.elections import Election
from participation.domain.counting.parameters import Parameters, Tie


def lot(seed: str, project_id: str) -> str:
    """A project's number in the lot: SHA-256 of the public seed, a NUL byte and its id.

    The lowest number wins. Nobody can steer it, because the seed is published before the voting
    and ids are fixed with it.
    """
    return hashlib.sha256(f"{seed}\0{project_id}".encode()).hexdigest()


def tie_ranks(election: Election, parameters: Parameters) -> list[int]:
    """The rank of each project among equals, all different: the lower one wins a tie."""
    votes, id_orders = election.votes(), id_ranks(election)

    def key(place: int) -> tuple[int | str, ...]:
        project = election.projects[place]
        values: dict[Tie, int | str] = {
            Tie.MAX_VOTES: -votes[place],
            Tie.MIN_VOTES: votes[place],
            Tie.MAX_COST: -project.cost,
            Tie.MIN_COST: project.cost,
            Tie.ID: id_orders[place],
            Tie.LOT: lot(parameters.seed, project.id),
        }
        return tuple(values[tie] for tie in (*parameters.ties, parameters.last_tie, Tie.ID))

    ranks = [0] * len(election.projects)
    for rank, place in enumerate(sorted(range(len(ranks)), key=key)):
        ranks[place] = rank
    return ranks


def id_ranks(election: Election) -> list[int]:
    """The order of ids: numbers by their value, then all others as texts."""

    def key(place: int) -> tuple[bool, int, str]:
        text = election.projects[place].id
        number = text.isascii() and text.isdigit()
        return (
            not number,
            len(text.lstrip("0")) if number else 0,
            text.lstrip("0") if number else text,
        )

    ranks = [0] * len(election.projects)
    for rank, place in enumerate(sorted(range(len(ranks)), key=key)):
        ranks[place] = rank
    return ranks


def completion_ranks(election: Election, parameters: Parameters, ranks: list[int]) -> list[int]:
    """The order of equals when the completion adds by support what still fits.

    With a public seed it is the tie rule as everywhere. Without one it is the order of ids, as in
    the field's own tools, whose tie keys only speak about equal prices.
    """
    return ranks if parameters.seed else id_ranks(election)
