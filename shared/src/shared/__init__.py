"""Ortaq: shared."""
