"""Ortaq: participation."""
