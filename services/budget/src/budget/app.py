"""The budget's HTTP side."""

from fastapi import FastAPI

from shared.database import Database
from shared.service import build_app, run_service
from shared.tokens.keys import PublicKeys


def create_app(database: Database, internal_keys: PublicKeys, cursor_key: bytes) -> FastAPI:
    """Return the budget's HTTP side."""
    return build_app(
        "budget", [], database=database, internal_keys=internal_keys, cursor_key=cursor_key
    )


def main() -> None:
    """Be the HTTP process."""
    run_service(create_app)
