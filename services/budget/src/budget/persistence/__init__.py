"""Queries, and the one way into the ledger."""
