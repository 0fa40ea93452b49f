"""Models as Open WebUI's clients choose them: assistants, and chat models of providers."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from api.services.chats.records import ShownChat

OWNER = "raglan"
"""Who provides assistants."""

CAPABILITIES = {
    **dict.fromkeys(("citations", "usage", "file_context", "file_upload", "status_updates"), True),
    **dict.fromkeys(
        (
            *("vision", "web_search", "image_generation", "code_interpreter", "terminal"),
            *("memory", "builtin_tools"),
        ),
        False,
    ),
}


class CapabilitiesAnswer(TypedDict):
    """What the front end may offer with a model."""

    capabilities: dict[str, bool]


class InfoAnswer(TypedDict):
    """What is set for a model; nothing is, but what it can do."""

    id: str
    name: str
    base_model_id: str | None
    is_active: bool
    meta: CapabilitiesAnswer
    params: dict[str, str]


class ModelAnswer(TypedDict):
    """A model; `created` in seconds since 1970."""

    id: str
    name: str
    object: str
    created: int
    owned_by: str
    connection_type: str
    provider: str
    urlIdx: int
    actions: list[str]
    filters: list[str]
    tags: list[str]
    info: InfoAnswer


class ModelsAnswer(TypedDict):
    """All models."""

    data: list[ModelAnswer]


def present_all(chats: Sequence[ShownChat], named: Sequence[str]) -> ModelsAnswer:
    """Return assistants by name, and models of providers that no assistant is called as."""
    found = [present_model(one.chat.name, one.chat.create_time // 1000, OWNER) for one in chats]
    names = {model["id"] for model in found}
    others = [present_model(name, 0, name.rpartition("@")[2]) for name in named]
    return {"data": [*found, *(model for model in others if model["id"] not in names)]}


def present_model(name: str, created: int, owner: str) -> ModelAnswer:
    """Return a model."""
    return {
        "id": name,
        "name": name,
        "object": "model",
        "created": created,
        "owned_by": "openai",
        "connection_type": "local" if owner == OWNER else "external",
        "provider": owner,
        "urlIdx": 0,
        "actions": [],
        "filters": [],
        "tags": [],
        "info": {
            "id": name,
            "name": name,
            "base_model_id": None,
            "is_active": True,
            "meta": {"capabilities": CAPABILITIES},
            "params": {},
        },
    }
