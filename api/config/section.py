"""What every group of settings has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A group of settings: immutable, and strict about unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
