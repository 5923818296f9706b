"""The demo issuer as a process: discovery, keys, people, and a token for whoever is named."""

import sys
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from demo_issuer.people import person_of, sample_people
from demo_issuer.tokens import BASIC_LOGIN, LIFETIME, STRONG_LOGIN, Login, demo_key, sign_token
from shared.logs import write_logs
from shared.problems import InvalidRequest, answer_problems, field_errors, problem_response
from shared.production import refuse_to_start
from shared.requests import parse_json
from shared.service import RequestContext, serve
from shared.settings import Environment
from shared.tokens.keys import public_document
from shared.tokens.refusals import SigningKeyRefused

MAX_BODY_BYTES = 4096
BANNER = "DEMO ISSUER: anybody can log in as anybody. Never use it with real people's data."


class Settings(BaseSettings):
    """The `ORTAQ_…` variables that the demo issuer reads."""

    model_config = SettingsConfigDict(env_prefix="ORTAQ_", frozen=True)

    env: Environment = Environment.DEVELOPMENT
    host: str = "127.0.0.1"
    port: int = Field(default=8010, ge=0, le=65_535)
    issuer: str = "http://127.0.0.1:8000/demo-issuer"
    audience: str = "ortaq"
    issuer_key_file: Path | None = None
    log_level: str = "INFO"


class LoginForm(BaseModel):
    """Who wants a token; `login_age_seconds` back-dates the login, which is then not fresh."""

    model_config = ConfigDict(extra="forbid")

    sub: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    strong: bool = False
    login_age_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    grant_type: str = ""


def create_app(settings: Settings, key: OKPKey) -> FastAPI:
    """Return the demo issuer as an application."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    answer_problems(app)
    app.add_middleware(RequestContext)
    _add_metadata(app, settings, key)
    _add_people(app)

    async def post_token(request: Request) -> JSONResponse:
        """Sign in whoever is named; no password, because nothing here is real."""
        try:
            form = LoginForm.model_validate(await _read_form(request))
        except ValidationError as error:
            return problem_response(InvalidRequest(), field_errors(error.errors()))
        now = datetime.now(UTC)
        login = Login(form.sub, form.strong, now - timedelta(seconds=form.login_age_seconds))
        token = sign_token(key, login, issuer=settings.issuer, audience=settings.audience, now=now)
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(LIFETIME.total_seconds()),
            },
            headers={"Cache-Control": "no-store"},
        )

    app.add_api_route("/token", post_token, methods=["POST"])
    return app


def _add_metadata(app: FastAPI, settings: Settings, key: OKPKey) -> None:
    async def discovery() -> dict[str, Any]:
        """Describe the issuer (OpenID Connect Discovery §3)."""
        return {
            "issuer": settings.issuer,
            "jwks_uri": f"{settings.issuer}/jwks.json",
            "token_endpoint": f"{settings.issuer}/token",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "acr_values_supported": [BASIC_LOGIN, STRONG_LOGIN],
            "x-ortaq-warning": BANNER,
        }

    async def jwks() -> dict[str, Any]:
        """Publish the key that tokens are signed with (RFC 7517)."""
        return public_document(key)

    async def health() -> dict[str, str]:
        """Tell that the process answers; it needs nothing else."""
        return {"status": "ready"}

    app.add_api_route("/.well-known/openid-configuration", discovery)
    app.add_api_route("/jwks.json", jwks)
    app.add_api_route("/livez", health)
    app.add_api_route("/readyz", health)


def _add_people(app: FastAPI) -> None:
    people = sample_people()

    async def get_people() -> dict[str, Any]:
        """List the sample people."""
        return {"warning": BANNER, "items": [person.card() for person in people.values()]}

    async def get_person(sub: str) -> dict[str, Any]:
        """Show one sample person; a stranger is shown as a nameless example."""
        return person_of(sub, people).card()

    async def page() -> HTMLResponse:
        """List the sample people for a reader."""
        rows = "".join(
            f"<tr><td><code>{escape(one.sub)}</code></td><td>{escape(one.role)}</td>"
            f"<td>{escape(one.name.kk)}</td><td>{escape(one.name.ru)}</td></tr>"
            for one in people.values()
        )
        return HTMLResponse(
            "<!doctype html><html lang='kk'><head><meta charset='utf-8'><title>Demo issuer</title>"
            f"</head><body><h1>{BANNER}</h1><table>{rows}</table></body></html>"
        )

    app.add_api_route("/people", get_people)
    app.add_api_route("/people/{sub}", get_person)
    app.add_api_route("/", page, response_class=HTMLResponse)


async def _read_form(request: Request) -> Any:
    """Return the fields of a JSON or a form body (RFC 6749 §4 posts a form)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise InvalidRequest
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        fields: dict[str, Any] = dict(parse_qsl(body.decode("latin-1")))
        return fields
    return parse_json(bytes(body))


def main() -> None:
    """Answer until told to stop; where real people depend on the system, refuse to start."""
    settings = Settings()
    if settings.env is Environment.PRODUCTION:
        refuse_to_start("the demo issuer signs in anybody as anybody; this is production")
    write_logs(settings.log_level)
    try:
        key = demo_key(settings.issuer_key_file)
    except SigningKeyRefused as refusal:
        refuse_to_start(str(refusal))
    line = "!" * (len(BANNER) + 4)
    sys.stderr.write(f"{line}\n! {BANNER} !\n{line}\n")
    serve(create_app(settings, key), host=settings.host, port=settings.port)


if __name__ == "__main__":
    main()
