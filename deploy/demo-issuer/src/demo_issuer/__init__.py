"""A demo issuer: signs anybody in as anybody. Never part of a production system."""
