"""Signing keys of a platform, made on its first start and kept in its folder."""

from pathlib import Path

from launcher.runs import RunFolder


def make_keys(folder: RunFolder) -> None:
    """Make the signing keys of gateway and demo issuer, once per folder."""
    issuer_key = issuer_key_file(folder)
    pairs = (
        (signing_key_file(folder), public_keys_file(folder)),
        (issuer_key, issuer_key.with_name("demo-issuer.keys.json")),
    )
    missing = [pair for pair in pairs if not all(file.exists() for file in pair)]
    if missing:
        # Needed once, and heavy for a process that stays.
        from shared.tokens.keys import generate_signing_key  # noqa: PLC0415

        for private, public in missing:
            generate_signing_key(private, public)


def public_keys_file(folder: RunFolder) -> Path:
    """Return the file of the keys by which services know the gateway."""
    return folder.secrets / "gateway.keys.json"


def signing_key_file(folder: RunFolder) -> Path:
    """Return the file of the key that only the gateway reads."""
    return folder.secrets / "gateway.key.json"


def issuer_key_file(folder: RunFolder) -> Path:
    """Return the file of the key that only the demo issuer reads."""
    return folder.secrets / "demo-issuer.key.json"
