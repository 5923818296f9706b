"""What must not be true of a process that real people depend on. Checked before it answers.

Each check names one mistake of set-up that is harmless on a laptop and ruinous in a village hall.
"""

import importlib.util
import stat
import sys
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from sqlalchemy import make_url, text

from shared.database import Session, connect
from shared.tokens.access import ACCESS_TOKEN_TYPES, Issuer
from shared.tokens.keys import PublicKeys

EXIT_CODE = 78
"""EX_CONFIG of sysexits.h: the set-up is wrong, starting again does not help."""

DEMO_ISSUER_PACKAGE = "demo_issuer"
DEMO_KEY_PREFIX = "ortaq-demo-"
"""How the demo issuer's key ids begin, so that they can be told from real ones."""

MIN_SECRET_BYTES = 32
_WELL_KNOWN_SECRETS = ("secret", "password", "changeme", "postgres", "ortaq", "example")


class UnfitForProduction(Exception):
    """The process may not serve real people as it is set up; the message says why in one line."""


def check_no_demo_issuer() -> None:
    """Refuse to run where anybody could sign in as anybody.

    Raises:
        UnfitForProduction: the package of the demo issuer can be imported.
    """
    if importlib.util.find_spec(DEMO_ISSUER_PACKAGE) is not None:
        raise UnfitForProduction("the package ortaq-demo-issuer is installed")


def check_issuer(issuer: Issuer) -> None:
    """Refuse an issuer whose word could be changed on the way, or that anybody could imitate.

    Raises:
        UnfitForProduction: its name or its keys are not on https, or on this machine, or it
            neither types its access tokens nor lists the clients they are for.
    """
    for address in (issuer.issuer, issuer.jwks_url):
        parts = urlsplit(address)
        if parts.scheme != "https":
            raise UnfitForProduction(f"the issuer address {address} is not https")
        if _is_this_machine(parts.hostname or ""):
            raise UnfitForProduction(f"the issuer address {address} is on this machine")
    if issuer.typ not in ACCESS_TOKEN_TYPES and not issuer.azp:
        raise UnfitForProduction(f"the issuer {issuer.issuer} has neither at+jwt nor an azp list")


def check_algorithms(algorithms: Iterable[str]) -> None:
    """Refuse signatures that whoever can verify can also forge.

    Raises:
        UnfitForProduction: an HMAC algorithm or `none` is among the accepted ones.
    """
    for algorithm in algorithms:
        if algorithm.upper().startswith(("HS", "NONE")):
            raise UnfitForProduction(f"the signature algorithm {algorithm} is accepted")


def check_keys(keys: PublicKeys) -> None:
    """Refuse keys that are printed in a demonstration.

    Raises:
        UnfitForProduction: one of them is the demo issuer's.
    """
    for key_id in keys:
        if key_id.startswith(DEMO_KEY_PREFIX):
            raise UnfitForProduction(f"the key {key_id} is a demo issuer's")


def check_secret(name: str, secret: str) -> None:
    """Refuse a secret that can be guessed.

    Raises:
        UnfitForProduction: it is shorter than 32 bytes or begins like a well-known one.
    """
    if len(secret.encode("utf-8")) < MIN_SECRET_BYTES:
        raise UnfitForProduction(f"{name} is shorter than {MIN_SECRET_BYTES} bytes")
    if secret.lower().startswith(_WELL_KNOWN_SECRETS):
        raise UnfitForProduction(f"{name} begins like a default")


def check_private_file(path: Path) -> None:
    """Refuse a file of secrets that others on the machine can read.

    Raises:
        UnfitForProduction: its mode lets group or others in, or it is not there.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        raise UnfitForProduction(f"the file {path} cannot be read") from None
    if mode & 0o077:
        raise UnfitForProduction(f"the file {path} is open to others (mode {mode:04o})")


def check_origins(origins: Iterable[str]) -> None:
    """Refuse web origins that let any page call us.

    Raises:
        UnfitForProduction: a wildcard, `null`, or an origin without https.
    """
    for origin in origins:
        if "*" in origin or origin == "null":
            raise UnfitForProduction(f"the web origin {origin} admits every page")
        if not origin.startswith("https://"):
            raise UnfitForProduction(f"the web origin {origin} is not https")


def check_broker(security_protocol: str) -> None:
    """Refuse a broker that anybody on the network may read and write.

    Raises:
        UnfitForProduction: the connection has no authentication.
    """
    if security_protocol.upper() not in {"SASL_SSL", "SSL"}:
        raise UnfitForProduction(f"Kafka is reached by {security_protocol or 'PLAINTEXT'}")


async def check_database_role(session: Session) -> None:
    """Refuse a database role that could switch the rules of the database off.

    Raises:
        UnfitForProduction: it is a superuser, passes row security, or owns the database or a table.
    """
    found = await session.execute(
        text(
            "select rolsuper, rolbypassrls,"
            " exists (select from pg_database where datname = current_database()"
            "         and datdba = pg_roles.oid)"
            " or exists (select from pg_class where relowner = pg_roles.oid and relkind = 'r')"
            " from pg_roles where rolname = current_user"
        )
    )
    is_superuser, passes_row_security, is_owner = found.one()
    if is_superuser or passes_row_security or is_owner:
        raise UnfitForProduction("the database role can switch the rules of the database off")


async def check_service(database_url: str) -> None:
    """Refuse a service process that real people could not rely on.

    Raises:
        UnfitForProduction: the demo issuer is installed, the database password can be guessed, or
            the database role can switch rules off.
    """
    check_no_demo_issuer()
    check_secret("the database password", make_url(database_url).password or "")
    database = connect(database_url, pool_size=1)
    try:
        async with database.readings() as session:
            await check_database_role(session)
    finally:
        await database.engine.dispose()


def start_fit(check: Callable[[], None]) -> None:
    """Go on if `check` finds nothing, else end the process with its reason on one line."""
    try:
        check()
    except UnfitForProduction as unfit:
        refuse_to_start(str(unfit))


def refuse_to_start(reason: str) -> NoReturn:
    """End the process before it has answered anybody: status 78, the reason on one line."""
    sys.stderr.write(f"Not started: {' '.join(reason.split())}\n")
    sys.exit(EXIT_CODE)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        return host in {"", "localhost"} or host.endswith(".localhost")
