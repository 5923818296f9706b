"""What the registry's processes are told by their environment."""

import base64
import binascii
import os
from pathlib import Path

from registry.domain.sealing import KEY_BYTES, PersonalKey
from shared.settings import Environment, ServiceSettings


class PersonalKeyUnusable(SystemExit):
    """Without its key the registry can neither seal nor find an IIN, hence does not start."""


class RegistrySettings(ServiceSettings):
    """The `ORTAQ_…` variables of the registry."""

    personal_key_file: Path | None = None
    """32 random bytes in base64: the key to personal data, kept outside the database."""
    first_admin: str = ""
    """Issuer and subject, with a space between, of who administers a new installation."""


def load_personal_key(settings: RegistrySettings) -> PersonalKey:
    """Return the installation's key; development makes one beside the internal keys.

    Raises:
        PersonalKeyUnusable: production has no key file, or the file holds no key.
    """
    file = settings.personal_key_file
    if file is None:
        if settings.env is Environment.PRODUCTION:
            raise PersonalKeyUnusable("Set ORTAQ_PERSONAL_KEY_FILE: 32 random bytes in base64.")
        file = settings.internal_keys_file.parent / "personal.key"
        _make_key(file)
    try:
        secret = base64.b64decode(file.read_bytes().strip(), validate=True)
        return PersonalKey.derive(secret)
    except (OSError, binascii.Error, ValueError) as cause:
        raise PersonalKeyUnusable(f"No personal key can be read from {file}: {cause}.") from cause


def _make_key(file: Path) -> None:
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as made:
        made.write(base64.b64encode(os.urandom(KEY_BYTES)))
