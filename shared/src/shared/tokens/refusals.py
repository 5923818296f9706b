"""What is said when a token or a set of keys is not good enough."""

from shared.errors import Unauthenticated
from shared.texts import Text


class TokenRefused(Unauthenticated):
    """A token does not prove who is calling.

    `reason` is for the log of the one who verifies; the caller only learns that the token was
    refused, so that a forger gets no hints. It never contains the token.
    """

    title = Text(
        "Кіру белгісі жарамсыз. Жүйеге қайта кіріңіз.",
        "Токен входа недействителен. Войдите в систему заново.",
        "The access token is not valid. Please log in again.",
    )

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class KeySetRefused(Exception):
    """A published set of keys is too large, ambiguous or malformed, and none of it is used."""


class SigningKeyRefused(Exception):
    """A signing key file is missing, of another kind, or readable by others."""
