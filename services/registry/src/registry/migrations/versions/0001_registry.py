"""Create units, posts, mandates, residents and grants.

Revision ID: 0001
"""

from shared.migrations import create_messaging, run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("registry", "migrations", "0001_units.sql")
    run_sql("registry", "migrations", "0001_people.sql")
    run_sql("registry", "migrations", "0001_grants.sql", role="registry")
    create_messaging("registry")


def downgrade() -> None:
    run_sql("registry", "migrations", "0001_drop.sql")
