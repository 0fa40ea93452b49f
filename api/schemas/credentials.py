"""Names of models, and keys of their endpoints, checked where they are given and never shown."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from api.config.kinds import NO_KEY
from api.errors import ArgumentError
from api.schemas.base import without_nul
from rag.llm.keys import is_key

MOST_KEY = 4096


def provider_key(value: str) -> str:
    """Refuse what cannot be sent as a key; what is wrong with it is said without its value."""
    if not is_key(value):
        raise ArgumentError(f"Field: <api_key> - Message: <{NO_KEY}>")
    if len(value) > MOST_KEY:
        raise ArgumentError(f"Field: <api_key> - Message: <it has over {MOST_KEY:,} characters>")
    return value


ProviderKey = Annotated[str, AfterValidator(provider_key)]

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=128),
    AfterValidator(without_nul),
]
NewModelName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(without_nul),
]
