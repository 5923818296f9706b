"""Ortaq: gateway."""
