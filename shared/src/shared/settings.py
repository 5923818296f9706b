"""What a process is told by its environment. Read in `main()` only and passed on as values."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """Whether real people depend on this process."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ServiceSettings(BaseSettings):
    """The `ORTAQ_…` variables that every service reads."""

    model_config = SettingsConfigDict(env_prefix="ORTAQ_", frozen=True)

    env: Environment = Environment.DEVELOPMENT
    database_url: SecretStr
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65_535)
    kafka: str = "127.0.0.1:9092"
    internal_keys_file: Path
    log_level: str = "INFO"
