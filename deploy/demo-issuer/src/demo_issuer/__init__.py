"""Ortaq: demo_issuer."""
