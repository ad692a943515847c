"""Configuration from TODO_* variables and secret files; refuses to start on what is unsafe or missing."""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError
from sqlalchemy import URL

from app.database_url import read_url
from app.db import Timeouts
from app.default_secrets import is_default_password
from app.rates import Rate


class ConfigurationError(Exception):
    """A variable is missing or unusable; the message names it and the way out."""


class Configured(BaseSettings):
    """Settings of variables with our prefix, or of the same name without it where a field says so."""

    model_config = SettingsConfigDict(
        env_prefix="TODO_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read files in TODO_SECRETS_DIR, then the environment, then the overrides; the last one wins."""
        secrets_dir = os.environ.get("TODO_SECRETS_DIR") or None
        if secrets_dir is not None and not Path(secrets_dir).is_dir():
            raise ConfigurationError(
                f"TODO_SECRETS_DIR names {secrets_dir}, which is no directory: "
                "mount the secret there or unset it"
            )
        try:
            return cls(**{"_secrets_dir": secrets_dir, **overrides})
        except ValidationError as error:
            raise ConfigurationError("; ".join(_sentence(cls, item) for item in error.errors())) from None
        except SettingsError as error:
            cause = error.__cause__
            why = "it is no text in UTF-8" if isinstance(cause, UnicodeDecodeError) else cause
            raise ConfigurationError(f"a file in TODO_SECRETS_DIR is unusable: {error}: {why}") from None


class DatabaseSettings(Configured):
    """All that a migration needs."""

    database_url: SecretStr
    database_password: SecretStr | None = None
    database_pool_size: int = Field(default=5, ge=1, le=100)
    # How long a migration waits for a database that is still starting.
    database_wait_seconds: float = Field(default=30, ge=0)
    # How long the database works for a request at most; migrations have their own limits.
    statement_timeout_seconds: float = Field(default=10, ge=0.001, le=3600)
    lock_timeout_seconds: float = Field(default=5, ge=0.001, le=3600)
    idle_in_transaction_timeout_seconds: float = Field(default=10, ge=0.001, le=3600)
    # Not behind a pooler that hands out connections by transaction and knows no prepared statements.
    prepare_statements: bool = True
    # Whether to take a schema revision that this code does not know for a newer release's, and serve.
    allow_newer_schema: bool = True

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr) -> SecretStr:
        try:
            read_url(value.get_secret_value())
        except ValueError:
            raise ValueError(
                "must look like postgresql://user@host:5432/database, or …@host1:5432,[::1]:5432/…"
            ) from None
        return value

    def timeouts(self) -> Timeouts:
        return Timeouts(
            self.statement_timeout_seconds,
            self.lock_timeout_seconds,
            self.idle_in_transaction_timeout_seconds,
        )

    def sqlalchemy_url(self) -> URL:
        """The database URL with the psycopg driver, and the password where one is set apart."""
        url = read_url(self.database_url.get_secret_value())
        if self.database_password is not None:
            url = url.set(password=self.database_password.get_secret_value())
        return url


class Settings(DatabaseSettings):
    """All that the service needs."""

    jwt_keys: SecretStr
    access_token_seconds: int = Field(default=15 * 60, ge=60)
    # A session ends this long after its last use.
    session_days: float = Field(default=14, gt=0, le=365)
    # Logins and registrations by account, and by address where it is known; chat turns by user.
    account_rate: str = "10/minute"
    address_rate: str = "60/minute"
    chat_rate: str = "20/minute"
    # 0: nobody knows the client's address; 1: the frontend sees it; 2: a proxy in front of the frontend does.
    client_address_hops: int = Field(default=0, ge=0, le=5)
    mcp_url: str = "http://mcp-service:8080/mcp"
    # Where /metrics is served; without it nowhere.
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    # A turn under way at SIGTERM must end, and its answer be stored, in the 30 s that the server drains.
    chat_budget_seconds: float = Field(default=25, gt=0)
    # auto: the model where there is a key, the rules where it fails; openai: nobody else; offline: the rules.
    assistant: Literal["auto", "openai", "offline"] = "auto"
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str = Field(default="https://api.openai.com/v1", validation_alias="OPENAI_BASE_URL")
    openai_model: str = Field(default="gpt-5.4-mini", validation_alias="OPENAI_MODEL")

    @model_validator(mode="after")
    def _no_default_password(self) -> Self:
        url = self.sqlalchemy_url()
        in_query = url.query.get("password")  # wins, as SQLAlchemy has it
        if is_default_password(str(in_query or url.password or "")):
            apart = self.database_password is not None and in_query is None
            variable = "TODO_DATABASE_PASSWORD" if apart else "TODO_DATABASE_URL"
            raise ValueError(
                f"{variable} is unusable: a well-known default: change the password of the database's user"
            )
        return self

    @field_validator("account_rate", "address_rate", "chat_rate")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        Rate.parse(value)
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("openai_api_key")
    @classmethod
    def _empty_is_no_key(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value and value.get_secret_value().strip() else None


def _sentence(cls: type[BaseSettings], error: Any) -> str:
    reason = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:  # of several settings together, whose check names the one
        return reason
    name = str(error["loc"][0])
    if name in cls.model_fields and not name.isupper():
        name = f"TODO_{name}".upper()
    if error["type"] == "missing":
        return f"{name} is not set: set it, or put it in a file of that name in TODO_SECRETS_DIR"
    return f"{name} is unusable: {reason}"
