"""The services' descriptions joined into the one that the public reads (OpenAPI 3.1)."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.edge import Connections
from gateway.identity import NOBODY
from gateway.limits import BULK_SUFFIXES
from gateway.refusals import DocumentsDisagree
from gateway.routes import Service, service_for
from gateway.upstream import Errand
from shared.errors import Unavailable
from shared.problems import problem_catalogue
from shared.texts import Language

logger = logging.getLogger(__name__)

Document = dict[str, Any]

KEPT_SECONDS = 60.0
MAX_DOCUMENT_BYTES = 5 * 1024 * 1024
_REFERENCE = "#/components/"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class DocumentConflict(Exception):
    """Two services describe the same thing, or one describes what is routed to another."""


class JoinedDocument:
    """The joined description, fetched when asked for and kept for a minute."""

    def __init__(self) -> None:
        self._document: Document | None = None
        self._fetched_at = 0.0
        self._lock = asyncio.Lock()

    async def read(self, connections: Connections) -> Document:
        """Return the joined description; an older one while a service does not answer.

        Raises:
            DocumentsDisagree: the descriptions conflict.
            Unavailable: a service does not answer, and there is no older description.
        """
        async with self._lock:
            if self._document is None or time.monotonic() - self._fetched_at > KEPT_SECONDS:
                try:
                    self._document = await _fetch_and_join(connections)
                except Unavailable:
                    if self._document is None:
                        raise
                self._fetched_at = time.monotonic()
        return self._document


async def _fetch_and_join(connections: Connections) -> Document:
    fetches = (_fetch(connections, service) for service in Service)
    documents = dict(zip(Service, await asyncio.gather(*fetches), strict=True))
    try:
        return join_documents(documents)
    except (DocumentConflict, KeyError, TypeError, AttributeError) as conflict:
        logger.exception("descriptions conflict")
        raise DocumentsDisagree from conflict


async def _fetch(connections: Connections, service: Service) -> Document:
    token = connections.passports.passport(NOBODY, service, Language.KK)
    errand = Errand("GET", "/openapi.json", {"Internal-Identity": token})
    async with connections.services[service].answer(errand) as answer:
        octets = await answer.content.read(MAX_DOCUMENT_BYTES)
        if answer.status != 200 or not answer.content.at_eof():  # noqa: PLR2004 - OK
            raise DocumentsDisagree
    document = json.loads(octets)
    if not isinstance(document, dict):
        raise DocumentsDisagree
    return document


def join_documents(documents: Mapping[Service, Document]) -> Document:
    """Join the services' descriptions into one.

    Operation ids and component names are prefixed with their service, so that two services may
    use the same word. A problem that several services know has one status.

    Raises:
        DocumentConflict: a path is described twice or by a service that it is not routed to, an
            operation id twice, a problem with two statuses, or a large body at an address that
            does not take one.
    """
    joined = _frame()
    for service, document in documents.items():
        _add_paths(joined["paths"], service, document)
        for kind, components in document.get("components", {}).items():
            known = joined["components"].setdefault(kind, {})
            known |= {
                f"{service}_{name}": _renamed(component, service)
                for name, component in components.items()
            }
        _add_problems(joined["x-ortaq-problems"], document.get("x-ortaq-problems", {}))
    _check_operation_ids(joined)
    return joined


def _frame() -> Document:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ortaq",
            "version": "1.0.0",
            "description": (
                "Local self-government of a village: registry, budget and participation. "
                "Errors are problem documents (RFC 9457); each has a page in Kazakh, Russian "
                "and English under /problems."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        # Without a token a caller is nobody, who may read what is public.
        "security": [{}, {"access_token": []}],
        "paths": {},
        "components": {
            "schemas": {},
            "securitySchemes": {
                "access_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
        "x-ortaq-problems": problem_catalogue(),
    }


def _add_paths(paths: Document, service: Service, document: Document) -> None:
    for path, item in document.get("paths", {}).items():
        if service_for(path) is not service:
            raise DocumentConflict(f"{path} is not routed to {service}")
        if path in paths:
            raise DocumentConflict(f"{path} is described twice")
        for operation in _operations(item):
            if "operationId" in operation:
                operation["operationId"] = f"{service}_{operation['operationId']}"
            if operation.get("x-ortaq-bulk") and not path.endswith(BULK_SUFFIXES):
                raise DocumentConflict(f"{path} takes files, but does not end like {BULK_SUFFIXES}")
        paths[path] = _renamed(item, service)


def _operations(item: Document) -> Iterator[Document]:
    return (operation for method, operation in item.items() if method in _METHODS)


def _renamed(part: Any, service: Service) -> Any:
    """Return a part of a description whose references name the prefixed components."""
    if isinstance(part, dict):
        return {
            key: _prefixed(value, service)
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, service)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [_renamed(inner, service) for inner in part]
    return _prefixed(part, service) if isinstance(part, str) else part


def _prefixed(reference: str, service: Service) -> str:
    # Also the values of a discriminator's mapping, which are references without `$ref`.
    if not reference.startswith(_REFERENCE):
        return reference
    kind, _, name = reference[len(_REFERENCE) :].partition("/")
    return f"{_REFERENCE}{kind}/{service}_{name}"


def _add_problems(known: dict[str, Document], added: dict[str, Document]) -> None:
    # Two services may keep the same rule and say it in their own words; the first words are
    # published. A client relies on the slug and its status, so these may not differ.
    for slug, problem in added.items():
        published = known.setdefault(slug, problem)
        if published["status"] != problem["status"]:
            raise DocumentConflict(f"the problem {slug} has two statuses")


def _check_operation_ids(joined: Document) -> None:
    seen: set[str] = set()
    for item in joined["paths"].values():
        for operation in _operations(item):
            operation_id = operation.get("operationId", "")
            if operation_id and operation_id in seen:
                raise DocumentConflict(f"the operation {operation_id} is described twice")
            seen.add(operation_id)
