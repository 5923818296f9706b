"""Makes the passwords and keys of a container installation, each where its one reader finds it.

`python make_secrets.py FOLDER`: a folder per reader below FOLDER, each a volume of its own, so that
no container sees another's secret. What exists is kept; run again, it changes nothing.
"""

import base64
import os
import secrets
import sys
import tempfile
from pathlib import Path

from shared.tokens.keys import generate_signing_key

SERVICES = ("registry", "participation", "budget")
SERVICE_USER = 10001
POSTGRES_USER = 999
"""The user `postgres` of the official image."""
PERSONAL_KEY_BYTES = 32


def make_passwords(folder: Path) -> None:
    """Make the superuser's password and those of each service's two roles."""
    superuser = folder / "postgres"
    _keep(superuser / "POSTGRES_PASSWORD", secrets.token_urlsafe(24), POSTGRES_USER)
    for service in SERVICES:
        for role, reader in ((service, service), (f"{service}_owner", f"{service}-owner")):
            password = _keep(superuser / role, secrets.token_urlsafe(24), POSTGRES_USER)
            url = f"postgresql+asyncpg://{role}:{password}@postgres:5432/{service}"
            _keep(folder / reader / "ORTAQ_DATABASE_URL", url, SERVICE_USER)


def make_keys(folder: Path) -> None:
    """Make the key to personal data, the signing keys, and by what services know the gateway."""
    personal_key = base64.b64encode(secrets.token_bytes(PERSONAL_KEY_BYTES)).decode()
    _keep(folder / "registry" / "personal-key", personal_key, SERVICE_USER)
    gateway_key = folder / "gateway" / "signing-key.json"
    public_keys = folder / "keys" / "keys.json"
    issuer_key = folder / "demo-issuer" / "issuer-key.json"
    with tempfile.TemporaryDirectory() as scratch:
        private, public = Path(scratch) / "private", Path(scratch) / "public"
        if not (gateway_key.exists() and public_keys.exists()):
            generate_signing_key(private, public)
            gateway_key.unlink(missing_ok=True)
            public_keys.unlink(missing_ok=True)
            _keep(gateway_key, private.read_text(encoding="utf-8"), SERVICE_USER)
            _keep(public_keys, public.read_text(encoding="utf-8"), SERVICE_USER)
        if not issuer_key.exists():
            generate_signing_key(private, public)
            _keep(issuer_key, private.read_text(encoding="utf-8"), SERVICE_USER)


def _keep(file: Path, text: str, user_id: int) -> str:
    """Write a secret that only `user_id` reads, unless there is one, and return it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(file.name + ".new")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        if os.geteuid() == 0:
            os.chown(unfinished, user_id, user_id)
        unfinished.replace(file)
    return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    make_passwords(Path(sys.argv[1]))
    make_keys(Path(sys.argv[1]))
