"""The base of what callers send."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A field that is not known is refused: acknowledged and not stored, it would be lost."""

    model_config = ConfigDict(extra="forbid")
