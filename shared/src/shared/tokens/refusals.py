"""What is said when a token or a set of keys is not good enough."""


class TokenRefused(Exception):
    """A token does not prove who is calling.

    The reason is for the log of the one who verifies; the caller only learns that the token was
    refused, so that a forger gets no hints. It never contains the token.
    """


class KeySetRefused(Exception):
    """A published set of keys is too large, ambiguous or malformed, and none of it is used."""


class SigningKeyRefused(Exception):
    """A signing key file is missing, of another kind, or readable by others."""
