"""Models in the forms of OpenAI's and Anthropic's APIs: assistants, and models of providers."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import Field
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import Request
from api.services.chats.records import ShownChat

OWNER = "raglan"
MOST_LISTED = 1000


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


class ListedModel(TypedDict):
    """A model as Anthropic's clients know it; `created_at` as RFC 3339 has it."""

    type: str
    id: str
    display_name: str
    created_at: str


class ListedModels(TypedDict):
    """A part of the models for Anthropic's clients."""

    data: list[ListedModel]
    has_more: bool
    first_id: str | None
    last_id: str | None


class ModelsQuery(Request):
    """Which models to list, as Anthropic's clients ask; others get all of them."""

    limit: int = Field(MOST_LISTED, ge=1, le=MOST_LISTED)
    after_id: str = ""
    before_id: str = ""


def present_models(chats: Sequence[ShownChat], named: Sequence[str]) -> ModelsAnswer:
    """Return assistants by name, and models of providers."""
    found = [present_assistant(shown) for shown in chats]
    names = {model["id"] for model in found}
    others = [present_named(name) for name in named if name not in names]
    return {"object": "list", "data": [*found, *others]}


def present_assistant(shown: ShownChat) -> ModelAnswer:
    """Return an assistant as a model; people choose it by its name."""
    created = shown.chat.create_time // 1000
    return {"id": shown.chat.name, "object": "model", "created": created, "owned_by": OWNER}


def present_named(name: str) -> ModelAnswer:
    """Return a model of a provider."""
    return {"id": name, "object": "model", "created": 0, "owned_by": name.rpartition("@")[2]}


def present_listed(model: ModelAnswer) -> ListedModel:
    """Return a model as Anthropic's clients know it."""
    created = datetime.fromtimestamp(model["created"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "model",
        "id": model["id"],
        "display_name": model["id"],
        "created_at": created,
    }


def present_part(models: ModelsAnswer, query: ModelsQuery) -> ListedModels:
    """Return a part of the models for Anthropic's clients; raises ArgumentError."""
    every = models["data"]
    begin = place_of(every, "after_id", query.after_id) + 1 if query.after_id else 0
    end = place_of(every, "before_id", query.before_id) if query.before_id else len(every)
    backwards = bool(query.before_id) and not query.after_id
    found = every[begin:end]
    cut = found[-query.limit :] if backwards else found[: query.limit]
    shown = [present_listed(model) for model in cut]
    return {
        "data": shown,
        "has_more": len(shown) < len(found),
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
    }


def place_of(models: Sequence[ModelAnswer], field: str, name: str) -> int:
    """Return where a model is in a list; raises ArgumentError, which names the field."""
    found = next((place for place, model in enumerate(models) if model["id"] == name), None)
    if found is None:
        raise ArgumentError(f"{field}: there is no model of this name.")
    return found
