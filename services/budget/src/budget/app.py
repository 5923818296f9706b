"""The budget's HTTP side."""

from typing import Final

from fastapi import FastAPI

from budget.api import acts, budgets, enterprises, entries, lines, spending, steps
from shared.database import Database
from shared.service import build_app, run_service
from shared.tokens.keys import PublicKeys

ROUTES: Final = [
    spending.commitment_routes,
    spending.obligation_routes,
    spending.payment_routes,
    budgets.routes,
    steps.routes,
    lines.routes,
    entries.routes,
    enterprises.invoice_routes,
    enterprises.routes,
    acts.routes,
]
"""The hottest first: they are tried in this order."""


def create_app(database: Database, internal_keys: PublicKeys, cursor_key: bytes) -> FastAPI:
    """Return the budget's HTTP side."""
    return build_app(
        "budget", ROUTES, database=database, internal_keys=internal_keys, cursor_key=cursor_key
    )


def main() -> None:
    """Be the HTTP process."""
    run_service(create_app)


if __name__ == "__main__":
    main()
