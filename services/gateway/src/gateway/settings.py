"""What the gateway is told by its environment. Read in `main()` only and passed on as values."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.routes import Service
from shared.settings import Environment
from shared.tokens.access import Issuer


class TrustedIssuer(BaseModel):
    """One entry of `ORTAQ_ISSUERS`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_url: str = Field(min_length=1)
    typ: str = "at+jwt"
    azp: tuple[str, ...] = ()

    def plain(self) -> Issuer:
        """Return the entry as the verifier's value."""
        return Issuer(**self.model_dump())


class Settings(BaseSettings):
    """The `ORTAQ_…` variables that the gateway reads.

    `requests_per_minute` is per person; callers without a login share ten times as many per
    address, because a whole village may stand behind one. `public_hosts` are the names that
    callers use (empty: every name, but only this machine's own on a loopback address), and
    `cors_origins` the pages that may call from a browser.
    """

    model_config = SettingsConfigDict(env_prefix="ORTAQ_", frozen=True)

    env: Environment = Environment.DEVELOPMENT
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    internal_signing_key_file: Path
    registry_url: str
    budget_url: str
    participation_url: str
    issuers: tuple[TrustedIssuer, ...] = ()
    issuer_url: str = ""
    public_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    requests_per_minute: int = Field(default=100, ge=1)
    log_level: str = "INFO"

    @property
    def is_production(self) -> bool:
        """Whether real people depend on this process."""
        return self.env is Environment.PRODUCTION

    @property
    def service_urls(self) -> dict[Service, str]:
        """The address of each service."""
        return {
            Service.REGISTRY: self.registry_url.rstrip("/"),
            Service.BUDGET: self.budget_url.rstrip("/"),
            Service.PARTICIPATION: self.participation_url.rstrip("/"),
        }
