"""Search apps as they are shown, at all doors."""

from typing_extensions import TypedDict

from api.schemas.base import Request
from api.schemas.times import http_date
from api.services.chats.records import (
    Generation,
    SearchAppList,
    SearchAppRecord,
    SearchSettings,
    generation_values,
)


class SearchAppId(Request):
    """Which search app is meant."""

    search_id: str


ModelSettingsAnswer = dict[str, object]
"""How a model is to answer: temperature, top_p, both penalties, max_tokens, and what was kept."""


class SearchConfigAnswer(TypedDict):
    """How a search app searches, and what it shows; what is not built is switched off."""

    kb_ids: list[str]
    similarity_threshold: float
    vector_similarity_weight: float
    top_k: int
    rerank_id: str
    summary: bool
    chat_id: str
    llm_setting: ModelSettingsAnswer
    related_search: bool
    query_mindmap: bool
    meta_data_filter: dict[str, object]
    cross_languages: list[str]
    web_search: bool
    use_kg: bool
    keyword: bool


class ListedSearchAppAnswer(TypedDict):
    """A search app as a list shows it."""

    id: str
    tenant_id: str
    created_by: str
    name: str
    avatar: str
    description: str
    status: str
    create_time: int
    create_date: str
    update_time: int
    update_date: str


class SearchAppAnswer(ListedSearchAppAnswer):
    """A search app with how it searches."""

    search_config: SearchConfigAnswer


class SearchAppListAnswer(TypedDict):
    """A page of the search apps."""

    search_apps: list[ListedSearchAppAnswer]
    total: int


def present_listed_app(app: SearchAppRecord) -> ListedSearchAppAnswer:
    """Return a search app as a list shows it."""
    return {
        "id": app.id,
        "tenant_id": app.tenant_id,
        "created_by": app.created_by,
        "name": app.name,
        "avatar": app.avatar,
        "description": app.description,
        "status": "1",
        "create_time": app.create_time,
        "create_date": http_date(app.create_time),
        "update_time": app.update_time,
        "update_date": http_date(app.update_time),
    }


def present_app(app: SearchAppRecord) -> SearchAppAnswer:
    """Return a search app with how it searches."""
    return {**present_listed_app(app), "search_config": present_config(app.settings)}


def present_apps(found: SearchAppList) -> SearchAppListAnswer:
    """Return a page of the search apps."""
    return {"search_apps": [present_listed_app(app) for app in found.apps], "total": found.total}


def present_config(settings: SearchSettings) -> SearchConfigAnswer:
    """Return how a search app searches."""
    return {
        "kb_ids": list(settings.dataset_ids),
        "similarity_threshold": settings.threshold,
        "vector_similarity_weight": settings.vector_weight,
        "top_k": settings.top_k,
        "rerank_id": settings.reranker,
        "summary": settings.summary,
        "chat_id": settings.generation.model_name,
        "llm_setting": present_settings(settings.generation),
        "related_search": settings.related,
        "query_mindmap": settings.mind_map,
        "meta_data_filter": dict(settings.meta_filter),
        "cross_languages": list(settings.steps.languages),
        "web_search": False,
        "use_kg": False,
        "keyword": settings.steps.keyword,
    }


def present_settings(generation: Generation) -> ModelSettingsAnswer:
    """Return how a model is to answer, with the further keys that were kept."""
    values = generation_values(generation)
    return {name: value for name, value in values.items() if name != "model_name"}
