"""The routing table: which service answers under which path."""

from enum import StrEnum


class Service(StrEnum):
    """The services behind the gateway; the value is also the audience of their internal tokens."""

    REGISTRY = "registry"
    BUDGET = "budget"
    PARTICIPATION = "participation"


COLLECTIONS: dict[str, Service] = {
    **dict.fromkeys(
        ("units", "residents", "posts", "mandates", "assembly-members", "grants", "me"),
        Service.REGISTRY,
    ),
    **dict.fromkeys(
        ("proposals", "rounds", "ballots", "counts", "projects"),
        Service.PARTICIPATION,
    ),
    **dict.fromkeys(
        (
            "budgets",
            "budget-lines",
            "entries",
            "commitments",
            "obligations",
            "payments",
            "enterprises",
            "invoices",
            "acts",
        ),
        Service.BUDGET,
    ),
}
"""The service that owns each collection under `/v1`."""

VERSION_PREFIX = "/v1/"
DEMO_ISSUER_PREFIX = "/demo-issuer/"


def service_for(path: str) -> Service | None:
    """Return the service that answers at `path`, or None where nothing does.

    A trailing slash or another case is another path: guessing what was meant would give one thing
    two addresses.
    """
    if not path.startswith(VERSION_PREFIX) or path.endswith("/"):
        return None
    collection = path[len(VERSION_PREFIX) :].partition("/")[0]
    return COLLECTIONS.get(collection)
