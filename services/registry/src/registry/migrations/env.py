"""Alembic's environment of the registry."""

from shared.migrations import run_migrations

run_migrations()
