"""Variables of questions and chats, which stand for `{{name}}` in what models are told."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from api.schemas.base import NullFreeRequest
from api.services.webui.variables import braced

MOST_VARIABLES = 64
LONGEST_NAME = 64
LONGEST_VALUE = 10_000

Variables = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)],
        Annotated[str, Field(max_length=LONGEST_VALUE)] | int | float | bool,
    ],
    Field(max_length=MOST_VARIABLES),
]
"""Variables of a chat: names without braces, and texts or numbers."""


class VariablesSent(NullFreeRequest):
    """The variables of a chat that are sent with a question."""

    chat_variables: Variables = Field({})


def fills_of(variables: object) -> dict[str, str]:
    """Return what stands for `{{...}}` in what models are told of their part."""
    if not isinstance(variables, Mapping):
        return {}
    named = list(variables.items())[:MOST_VARIABLES]
    return {
        str(name): str(value)[:LONGEST_VALUE]
        for name, value in named
        if str(name).startswith("{{") and str(name).endswith("}}")
    }


def fills_in(variables: object, of_chat: Mapping[str, object]) -> dict[str, str]:
    """Return what stands for `{{...}}`: variables of a question, and those of its chat."""
    return {**braced(of_chat), **fills_of(variables)}
