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
    votes = election.votes()

    def key(place: int) -> tuple[int | str, ...]:
        project = election.projects[place]
        values: dict[Tie, int | str] = {
            Tie.MAX_VOTES: -votes[place],
            Tie.MIN_VOTES: votes[place],
            Tie.MAX_COST: -project.cost,
            Tie.MIN_COST: project.cost,
            Tie.ID: project.id,
            Tie.LOT: lot(parameters.seed, project.id),
        }
        return tuple(values[tie] for tie in (*parameters.ties, Tie.LOT, Tie.ID))

    ranks = [0] * len(election.projects)
    for rank, place in enumerate(sorted(range(len(ranks)), key=key)):
        ranks[place] = rank
    return ranks
