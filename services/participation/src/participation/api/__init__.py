"""Participation's HTTP side."""
