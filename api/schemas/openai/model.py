"""Models in the form of OpenAI's API: assistants, and the models that embed and rank."""

from collections.abc import Iterable, Sequence

from typing_extensions import TypedDict

from api.services.chats.records import ShownChat

OWNER = "raglan"


class ModelAnswer(TypedDict):
    """A model; `created` in seconds."""

    id: str
    object: str
    created: int
    owned_by: str


class ModelsAnswer(TypedDict):
    """All models."""

    object: str
    data: list[ModelAnswer]


def present_models(chats: Sequence[ShownChat], others: Iterable[str]) -> ModelsAnswer:
    """Return assistants by name, and the models that embed and rank."""
    found = [present_assistant(shown) for shown in chats]
    return {"object": "list", "data": [*found, *map(present_named, others)]}


def present_assistant(shown: ShownChat) -> ModelAnswer:
    """Return an assistant as a model; people choose it by its name."""
    created = shown.chat.create_time // 1000
    return {"id": shown.chat.name, "object": "model", "created": created, "owned_by": OWNER}


def present_named(name: str) -> ModelAnswer:
    """Return a model of a provider."""
    return {"id": name, "object": "model", "created": 0, "owned_by": name.rpartition("@")[2]}
