"""Configuration from the environment; unusable values are told in one line."""

from typing import Annotated, Literal

from pydantic import AnyHttpUrl, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from todo_mcp.drain import UNREADY_SECONDS


class Settings(BaseSettings):
    """There is no key among these: a caller's token is verified by the backend alone."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    api_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("http://backend-service:8000"),
        validation_alias="TODO_API_URL",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("mcp-service",), validation_alias="TODO_MCP_ALLOWED_HOSTS"
    )
    port: int = Field(default=8080, ge=1, le=65535, validation_alias="PORT")
    unready_seconds: float = Field(
        default=UNREADY_SECONDS, ge=0, allow_inf_nan=False, validation_alias="TODO_UNREADY_SECONDS"
    )
    # Where /metrics is served; without it nowhere.
    metrics_port: int | None = Field(default=None, ge=1, le=65535, validation_alias="TODO_METRICS_PORT")

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", validation_alias="TODO_LOG_LEVEL"
    )
    log_format: Literal["text", "json"] = Field(default="text", validation_alias="TODO_LOG_FORMAT")

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [item for item in map(str.strip, value.split(",")) if item]

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if "/" in host or host.startswith("*"):
                raise ValueError(f"{host!r} is no host name; list each name as name or name:port")
        return value


def load() -> Settings:
    """Settings from the environment; exits with a line that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"{item['loc'][0]}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors())
        raise SystemExit(f"error: {'; '.join(wrong)}") from None
