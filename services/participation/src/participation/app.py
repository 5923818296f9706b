"""Participation's HTTP side: proposals, rounds, ballots, counts, projects."""

from fastapi import FastAPI

from participation.api import ballots, counts, projects, proposals, results, rounds
from shared.database import Database
from shared.service import build_app, run_service
from shared.tokens.keys import PublicKeys

ROUTES = (
    ballots.routes,
    rounds.routes,
    proposals.routes,
    projects.routes,
    results.routes,
    counts.routes,
)


def create_app(database: Database, internal_keys: PublicKeys, cursor_key: bytes) -> FastAPI:
    """Return participation's HTTP side."""
    return build_app(
        "participation",
        ROUTES,
        database=database,
        internal_keys=internal_keys,
        cursor_key=cursor_key,
    )


def main() -> None:
    """Be the HTTP process."""
    run_service(create_app)


if __name__ == "__main__":
    main()
