"""Ortaq: launcher."""
