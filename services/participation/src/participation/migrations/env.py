"""Alembic's environment of participation."""

from shared.migrations import run_migrations

run_migrations()
