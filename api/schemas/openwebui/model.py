"""Models as Open WebUI's clients choose them: assistants, and chat models of providers."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from typing_extensions import TypedDict

from api.schemas.openwebui.workspace import CAPABILITIES, SEEING, present_meta
from api.services.plugins.acting import ActionShown, offered
from api.services.plugins.filtering import selectable
from api.services.plugins.functions import NO_FUNCTIONS, Functions
from api.services.plugins.piping import PipeModel
from api.services.plugins.records import PluginRow, Which
from api.services.webui.arena import Cover
from api.services.webui.model_records import WorkspaceModel

OWNER = "raglan"
"""Who provides assistants."""


class FunctionShown(TypedDict):
    """A function that may be chosen for an answer of a model, or started below one."""

    id: str
    name: str
    description: str
    icon: str
    has_user_valves: bool


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
    actions: list[FunctionShown]
    filters: list[FunctionShown]
    tags: list[Mapping[str, Any]]
    preset: bool
    pipe: NotRequired[dict[str, str]]
    arena: NotRequired[bool]
    info: InfoAnswer


class ModelsAnswer(TypedDict):
    """All models."""

    data: list[ModelAnswer]


def present_all(
    models: Sequence[WorkspaceModel],
    named: Sequence[str],
    functions: Functions = NO_FUNCTIONS,
    covers: Sequence[Cover] = (),
) -> ModelsAnswer:
    """Return assistants that are on, others that no assistant is called as, and cover names."""
    found = [present_assistant(one, functions) for one in models if one.extra.is_active]
    names = {one.extra.model_id for one in models}
    others = [present_provider(name, functions) for name in named]
    others += [present_pipe(one, functions) for one in functions.pipes]
    found += [one for one in others if one["id"] not in names]
    return {"data": [*found, *(present_cover(one) for one in covers)]}


def offering(found: ModelsAnswer, given: Mapping[str, bool]) -> ModelsAnswer:
    """Return models with what is offered with all of them, where nothing else is said of one."""
    if not given:
        return found
    for one in found["data"]:
        meta = one["info"]["meta"]
        usual = meta["capabilities"]
        if usual is CAPABILITIES or usual is SEEING:
            one["info"]["meta"] = {**meta, "capabilities": {**usual, **given}}
    return found


def in_order(found: ModelsAnswer, order: Sequence[str]) -> ModelsAnswer:
    """Return models in the order that is said of some; the others come after these."""
    places = {name: place for place, name in enumerate(order)}
    return {"data": sorted(found["data"], key=lambda one: places.get(one["id"], len(places)))}


def present_providers(named: Sequence[str]) -> ModelsAnswer:
    """Return models of providers."""
    return {"data": [present_provider(name) for name in named]}


def present_assistant(model: WorkspaceModel, functions: Functions = NO_FUNCTIONS) -> ModelAnswer:
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
    chosen = with_functions(
        functions, names_in(model.extra.meta, "filterIds"), names_in(model.extra.meta, "actionIds")
    )
    return {**present_model(*head, info), **chosen, "tags": found, "preset": True}


def present_cover(cover: Cover) -> ModelAnswer:
    """Return a cover name as a model."""
    info: InfoAnswer = {
        "id": cover.id,
        "name": cover.name,
        "user_id": None,
        "base_model_id": None,
        "is_active": True,
        "meta": {"description": cover.description, "capabilities": CAPABILITIES},
        "params": {},
    }
    made = present_model(cover.id, cover.name, 0, OWNER, info)
    return {**made, "owned_by": "arena", "arena": True}


def present_provider(name: str, functions: Functions = NO_FUNCTIONS) -> ModelAnswer:
    """Return a model of a provider."""
    info: InfoAnswer = {
        "id": name,
        "name": name,
        "user_id": None,
        "base_model_id": None,
        "is_active": True,
        "meta": {"capabilities": SEEING},
        "params": {},
    }
    found = present_model(name, name, 0, name.rpartition("@")[2], info)
    return {**found, **with_functions(functions)}


def present_pipe(pipe: PipeModel, functions: Functions) -> ModelAnswer:
    """Return a model that a function has."""
    found = present_provider(pipe.id, functions)
    return {
        **found,
        "name": pipe.name,
        "created": pipe.create_time // 1000,
        "owned_by": OWNER,
        "connection_type": "local",
        "provider": OWNER,
        "pipe": {"type": "pipe"},
        "info": {**found["info"], "name": pipe.name},
    }


class Chosen(TypedDict):
    """What may be chosen for an answer of a model, and started below one."""

    filters: list[FunctionShown]
    actions: list[FunctionShown]


def with_functions(
    functions: Functions, filters: Sequence[str] = (), actions: Sequence[str] = ()
) -> Chosen:
    """Return the functions of a model: those of all models, and those that it names."""
    return {
        "filters": [present_filter(row) for row in selectable(functions.filters, filters)],
        "actions": [present_action(one) for one in offered(functions.actions, actions)],
    }


def present_filter(row: PluginRow) -> FunctionShown:
    """Return a filter that may be chosen."""
    return {
        "id": row.text.called,
        "name": row.text.name,
        "description": str(row.text.meta.get("description") or ""),
        "icon": str(row.described.get("icon") or ""),
        "has_user_valves": row.schema(Which.PERSON) is not None,
    }


def present_action(action: ActionShown) -> FunctionShown:
    """Return an action that may be started."""
    return {
        "id": action.id,
        "name": action.name,
        "description": action.description,
        "icon": action.icon,
        "has_user_valves": False,
    }


def names_in(meta: Mapping[str, object], name: str) -> list[str]:
    """Return the names in a list of what is told of a model."""
    found = meta.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []


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
