"""`python -m app`: serve on PORT until SIGTERM."""

import sys

from pydantic import Field

from app.drain import UNREADY_SECONDS, run
from app.settings import ConfigurationError, Configured


class ServerSettings(Configured):
    # 0: any that is free.
    port: int = Field(default=8000, ge=0, le=65535, validation_alias="PORT")
    unready_seconds: float = Field(default=UNREADY_SECONDS, ge=0, allow_inf_nan=False)


try:
    settings = ServerSettings.load()
except ConfigurationError as error:
    sys.exit(f"backend: {error}")
run("app.main:app", settings.port, settings.unready_seconds)
