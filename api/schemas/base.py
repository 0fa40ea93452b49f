"""What all request and response models have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MAX_PAGE_SIZE = 1024
MAX_IDS = 10_000


class Request(BaseModel):
    """A request body or query; unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class StrictRequest(BaseModel):
    """A request body that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def lenient_flag(value: Any) -> Any:
    """Return False for the texts false and False, True for any other text; the rest as it is."""
    return value.lower() != "false" if isinstance(value, str) else value


LenientFlag = Annotated[bool, BeforeValidator(lenient_flag)]


class PageQuery(Request):
    """Which page of a list; pages count from 1."""

    page: int = Field(1, ge=1)
    page_size: int = Field(30, ge=0, le=MAX_PAGE_SIZE)

    @property
    def offset(self) -> int:
        """Return how many rows come before the page."""
        return (self.page - 1) * self.page_size


class DeleteRequest(Request):
    """What to delete: `ids`, or everything by `"ids": null` or `"delete_all": true`."""

    ids: Annotated[list[str] | None, Field(max_length=MAX_IDS)] = []
    delete_all: bool = False
