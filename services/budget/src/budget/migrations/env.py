"""Alembic's environment of the budget."""

from shared.migrations import run_migrations
from shared.tables import Base

run_migrations(Base.metadata)
