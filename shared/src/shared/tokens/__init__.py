"""Tokens: who is calling, proven by signatures (RFC 7515, RFC 7519, RFC 9068)."""
