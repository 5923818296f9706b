"""Alembic's environment of the budget."""

from shared.migrations import run_migrations

run_migrations()
