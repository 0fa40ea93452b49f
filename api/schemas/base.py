"""What all request and response models have in common."""

from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from api.errors import ArgumentError

T = TypeVar("T")

MAX_PAGE = 10_000_000
PAGE_SIZE = 30
MAX_PAGE_SIZE = 10_000
MAX_IDS = 10_000
MAX_TEXT = 65_535
"""The longest text of a field that says no other limit."""


class Request(BaseModel):
    """A request body or query; unknown keys are ignored.

    It is built with the first one that comes: of all pages a worker is asked few.
    """

    model_config = ConfigDict(
        extra="ignore", frozen=True, str_max_length=MAX_TEXT, defer_build=True
    )


class NullFreeRequest(Request):
    """A request body in which a key with null counts as not given."""

    @model_validator(mode="before")
    @classmethod
    def drop_nulls(cls, values: Any) -> Any:
        """Omit what is null."""
        if not isinstance(values, dict):
            return values
        return {key: value for key, value in values.items() if value is not None}


class StrictRequest(BaseModel):
    """A request body that refuses unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_max_length=MAX_TEXT, defer_build=True
    )


def lenient_flag(value: Any) -> Any:
    """Return False for the texts false and False, True for any other text; the rest as it is."""
    return value.lower() != "false" if isinstance(value, str) else value


def without_nul(value: str) -> str:
    """Refuse the one character that databases cannot store in a text."""
    if "\0" in value:
        raise ValueError("Text must not hold a NUL character")
    return value


StorableText = Annotated[str, AfterValidator(without_nul)]
"""A text that every database can hold."""

Ids = Annotated[list[str], Field(max_length=MAX_IDS, fail_fast=True)]
"""Ids of things. Of those that are no texts one is told: there may be thousands."""

LenientFlag = Annotated[bool, BeforeValidator(lenient_flag)]


SWITCHES = ("enabled", "enable", "include", "method")
"""Fields of an object by which it is switched on."""


def only_off(value: T) -> T:
    """Refuse what asks for a part that is not built; values that mean "off" are taken."""
    if not means_off(value):
        raise PydanticCustomError("not_built", "This is not built here: leave it out")
    return value


def means_off(value: object) -> bool:
    """Return whether a value asks for nothing."""
    if isinstance(value, dict):
        switches = [value[name] for name in SWITCHES if name in value]
        return not value or (bool(switches) and all(map(means_off, switches)))
    if isinstance(value, str):
        return value.strip().lower() in {"", "false", "disabled"}
    return not value


Unbuilt = Annotated[Any, AfterValidator(only_off)]
"""Whatever switches on a part that is not built."""

UnbuiltFlag = Annotated[LenientFlag, AfterValidator(only_off)]


class PageQuery(Request):
    """Which page of a list; pages count from 1, and 0 is the first one, too."""

    page: int = Field(1, ge=0, le=MAX_PAGE)
    page_size: int = Field(PAGE_SIZE, ge=0, le=MAX_PAGE_SIZE)

    @property
    def offset(self) -> int:
        """Return how many rows come before the page."""
        return max(self.page - 1, 0) * self.page_size


class FilledPageQuery(PageQuery):
    """Which page of a list that is never empty on request: a size of 0 is the usual one."""

    @field_validator("page_size")
    @classmethod
    def usual_size(cls, page_size: int) -> int:
        """Return the usual size for 0."""
        return page_size or PAGE_SIZE


class DeletionRequest(Request):
    """What to delete: the ids in a field, or everything by null there or `"delete_all": true`."""

    listed_in: ClassVar[str] = "ids"
    delete_all: StrictBool = False

    @model_validator(mode="after")
    def something_is_said(self) -> Self:
        """Refuse a body that says neither what to delete nor that all is meant."""
        if not self.model_fields_set:
            raise ArgumentError(
                f"`{self.listed_in}` is required: a list of ids, or null to delete all."
            )
        return self

    @property
    def everything(self) -> bool:
        """Return whether all is to be deleted; a null means all unless `delete_all` is false."""
        if "delete_all" in self.model_fields_set:
            return self.delete_all
        return getattr(self, self.listed_in) is None

    def chosen(self) -> list[str] | None:
        """Return the ids of what is to be deleted; None for everything."""
        return None if self.everything else getattr(self, self.listed_in) or []


class DeleteRequest(DeletionRequest):
    """Which things to delete."""

    ids: Ids | None = Field(default=[])

    def chosen(self) -> list[str] | None:
        """Return the ids of what to delete; None for all."""
        return None if self.everything else self.ids or []
