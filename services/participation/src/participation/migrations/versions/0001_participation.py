"""Create proposals, rounds, ballots, counts, and the copies of residents and of the ledger.

Revision ID: 0001
"""

from shared.migrations import create_messaging, create_territory, run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_messaging("participation")
    create_territory("participation")
    run_sql("participation", "migrations", "0001_proposals.sql")
    run_sql("participation", "migrations", "0001_rounds.sql")
    run_sql("participation", "migrations", "0001_ballots.sql")
    run_sql("participation", "migrations", "0001_chain.sql")
    run_sql("participation", "migrations", "0001_grants.sql", role="participation")


def downgrade() -> None:
    run_sql("participation", "migrations", "0001_drop.sql")
