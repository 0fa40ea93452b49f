"""Switches of parts that are not built: only what means "off" is taken."""

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import LenientFlag

T = TypeVar("T")


def only_off(value: T) -> T:
    """Refuse what asks for a part that is not built; values that mean "off" are taken."""
    if not means_off(value):
        raise PydanticCustomError("not_built", "This is not built here: leave it out")
    return value


def means_off(value: object) -> bool:
    """Return whether a value asks for nothing."""
    if isinstance(value, dict):
        switches = [value[name] for name in ("enabled", "enable", "method") if name in value]
        return not value or (bool(switches) and all(map(means_off, switches)))
    if isinstance(value, str):
        return value.strip().lower() in {"", "false", "disabled"}
    return not value


Unbuilt = Annotated[Any, AfterValidator(only_off)]
"""Whatever switches on a part that is not built."""

UnbuiltFlag = Annotated[LenientFlag, AfterValidator(only_off)]
UnbuiltTexts = Annotated[list[str], Field(max_length=100), AfterValidator(only_off)]
