"""Ortaq: budget."""
