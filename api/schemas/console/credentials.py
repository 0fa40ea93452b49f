"""Keys of model endpoints, checked where they are given and never shown."""

from typing import Annotated

from pydantic import AfterValidator

from api.config.kinds import NO_KEY
from api.errors import ArgumentError
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
