"""The demo's only way in: HTTP through the gateway, as the sample people."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

PATIENCE_SECONDS = 30.0
"""How long a fact may take from one service to the next before the demo calls it lost."""
TOKEN_SECONDS = 240.0


class StepFailed(Exception):
    """A call did not answer as the story needs it."""


@dataclass
class Api:
    """HTTP to one gateway; tokens of the sample people are fetched when first needed."""

    client: httpx.Client
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    calls: int = 0

    def headers(self, person: str) -> dict[str, str]:
        """Return the headers of a request by a sample person; `""` is an anonymous visitor."""
        said = {"Accept-Language": "en", "Idempotency-Key": str(uuid4())}
        if not person:
            return said
        token, fetched_at = self.tokens.get(person, ("", float("-inf")))
        if time.monotonic() - fetched_at > TOKEN_SECONDS:
            answer = self.client.post("/demo-issuer/token", json={"sub": person, "strong": True})
            token = _body(answer, 200)["access_token"]
            self.tokens[person] = (token, time.monotonic())
        return said | {"Authorization": f"Bearer {token}"}

    def get(self, person: str, path: str, expect: int = 200, **query: Any) -> Any:
        """Read something."""
        self.calls += 1
        answer = self.client.get(path, params=query or None, headers=self.headers(person))
        if answer.status_code in {502, 503, 504}:
            time.sleep(float(answer.headers.get("retry-after", "1")))
            answer = self.client.get(path, params=query or None, headers=self.headers(person))
        return _body(answer, expect)

    def post(
        self, person: str, path: str, body: Mapping[str, Any] | None = None, expect: int = 201
    ) -> Any:
        """Do something once."""
        self.calls += 1
        headers = self.headers(person)
        answer = self.client.post(path, json=body, headers=headers)
        if answer.status_code in {502, 503, 504} or answer.headers.get("retry-after"):
            time.sleep(float(answer.headers.get("retry-after", "1")))
            answer = self.client.post(path, json=body, headers=headers)
        return _body(answer, expect)

    def post_soon(self, person: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do something that a fact from another service must first make possible."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.post(person, path, body)
            except StepFailed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def refuses(self, person: str, path: str, body: Mapping[str, Any], status: int) -> bool:
        """Return whether something that must not be done is refused with this status."""
        self.calls += 1
        answer = self.client.post(path, json=body, headers=self.headers(person))
        return answer.status_code == status

    def post_unless(self, person: str, path: str, body: Mapping[str, Any], done: str) -> None:
        """Do something, unless the answer is that it has been done (the problem named `done`)."""
        try:
            self.post(person, path, body)
        except StepFailed as failure:
            if f"/problems/{done}" not in str(failure):
                raise

    def until(self, person: str, path: str, holds: Any, **query: Any) -> Any:
        """Read something until it is as it will be once the services have told each other."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                found = self.get(person, path, **query)
                if holds(found):
                    return found
                said = str(found)[:300]
            except StepFailed as failure:
                said = str(failure)
            if time.monotonic() > deadline:
                raise StepFailed(f"GET {path} never became what it should: {said}")
            time.sleep(0.2)


def _body(answer: httpx.Response, expect: int) -> Any:
    if answer.status_code != expect:
        where = f"{answer.request.method} {answer.request.url.path}"
        raise StepFailed(
            f"{where} answered {answer.status_code}, not {expect}: {answer.text[:600]}"
        )
    return answer.json() if answer.content else None
