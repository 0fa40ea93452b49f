"""Models as Open WebUI's clients choose them: assistants, and chat models of providers."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from api.schemas.openwebui.workspace import CAPABILITIES, present_meta
from api.services.webui.model_records import WorkspaceModel

OWNER = "raglan"
"""Who provides assistants."""


class InfoAnswer(TypedDict):
    """What is set for a model; how it answers is shown where it can be changed."""

    id: str
    name: str
    user_id: str | None
    base_model_id: str | None
    is_active: bool
    meta: Mapping[str, Any]
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
    tags: list[Mapping[str, Any]]
    preset: bool
    info: InfoAnswer


class ModelsAnswer(TypedDict):
    """All models."""

    data: list[ModelAnswer]


def present_all(models: Sequence[WorkspaceModel], named: Sequence[str]) -> ModelsAnswer:
    """Return assistants that are on, and models of providers that no assistant is called as."""
    found = [present_assistant(one) for one in models if one.extra.is_active]
    names = {one.extra.model_id for one in models}
    return {"data": [*found, *(present_provider(name) for name in named if name not in names)]}


def present_providers(named: Sequence[str]) -> ModelsAnswer:
    """Return models of providers."""
    return {"data": [present_provider(name) for name in named]}


def present_assistant(model: WorkspaceModel) -> ModelAnswer:
    """Return an assistant as a model that is made of another one."""
    chat, meta = model.shown.chat, present_meta(model, whole=False)
    info: InfoAnswer = {
        "id": model.extra.model_id,
        "name": chat.name,
        "user_id": chat.tenant_id,
        "base_model_id": model.shown.model_name,
        "is_active": True,
        "meta": meta,
        "params": {},
    }
    head = (model.extra.model_id, chat.name, chat.create_time // 1000, OWNER)
    tags = meta["tags"]
    found = tags if isinstance(tags, list) else []
    return {**present_model(*head, info), "tags": found, "preset": True}


def present_provider(name: str) -> ModelAnswer:
    """Return a model of a provider."""
    info: InfoAnswer = {
        "id": name,
        "name": name,
        "user_id": None,
        "base_model_id": None,
        "is_active": True,
        "meta": {"capabilities": CAPABILITIES},
        "params": {},
    }
    return present_model(name, name, 0, name.rpartition("@")[2], info)


def present_model(
    model_id: str, name: str, created: int, owner: str, info: InfoAnswer
) -> ModelAnswer:
    """Return a model."""
    return {
        "id": model_id,
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
        "preset": False,
        "info": info,
    }
