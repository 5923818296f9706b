"""Create budgets, their ledger, spending documents and communal enterprises.

Revision ID: 0001
"""

from shared.migrations import create_messaging, create_territory, run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part in ("budgets", "ledger", "ledger_rules", "spending", "enterprises"):
        run_sql("budget", "migrations", f"0001_{part}.sql")
    run_sql("budget", "migrations", "0001_grants.sql", role="budget")
    create_messaging("budget")
    create_territory("budget")


def downgrade() -> None:
    run_sql("budget", "migrations", "0001_drop.sql")
