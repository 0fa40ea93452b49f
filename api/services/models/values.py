"""What a tenant sets up at a model provider."""

from dataclasses import dataclass, field

from rag.llm.base import ModelType


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A tenant's key for a provider; an empty `base_url` means the provider's own."""

    provider: str
    api_key: str = field(repr=False)
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """What to change of a model; None leaves as it is. An empty key means that of its account.

    Switching is for all models of the name, the rest for the one of the type.
    """

    provider: str
    name: str
    type: ModelType | None = None
    is_on: bool | None = None
    context: int | None = None
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NewModel:
    """A model that a tenant adds; an empty address or key means that of its account there."""

    provider: str
    name: str
    type: ModelType
    context: int
    base_url: str = ""
    api_key: str = field(default="", repr=False)
