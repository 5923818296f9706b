"""Ortaq: registry."""
