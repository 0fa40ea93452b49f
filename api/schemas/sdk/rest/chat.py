"""Chat assistants in the later contract."""

from typing_extensions import TypedDict

from api.schemas.sdk.assistant import (
    FilterAnswer,
    PromptConfigAnswer,
    SettingAnswer,
    present_filter,
    present_prompt_config,
    present_setting,
)
from api.schemas.times import http_date
from api.services.chats import records
from api.services.chats.records import ShownChat


class Chat(TypedDict):
    """An assistant; times in ms since the epoch, and as the texts of HTTP."""

    id: str
    tenant_id: str
    name: str
    icon: str
    description: str
    language: str
    status: str
    do_refer: str
    prompt_type: str
    dataset_ids: list[str]
    kb_names: list[str]
    llm_id: str
    llm_setting: SettingAnswer
    prompt_config: PromptConfigAnswer
    similarity_threshold: float
    vector_similarity_weight: float
    top_n: int
    top_k: int
    rerank_id: str
    meta_data_filter: FilterAnswer
    create_time: int
    create_date: str
    update_time: int
    update_date: str
    level: str | None


class ChatList(TypedDict):
    """A page of assistants, and how many there are on all of them."""

    chats: list[Chat]
    total: int


def present_chats(found: records.ChatList) -> ChatList:
    """Return a page of assistants, with how many there are on all of them."""
    return {"chats": [present_chat(chat) for chat in found.chats], "total": found.total}


def present_chat(shown: ShownChat) -> Chat:
    """Return an assistant in the later names."""
    chat = shown.chat
    return {
        "id": chat.id,
        "tenant_id": chat.tenant_id,
        "name": chat.name,
        "icon": chat.avatar,
        "description": chat.description,
        "language": chat.language,
        "status": "1",
        "do_refer": "1",
        "prompt_type": "simple",
        "dataset_ids": [dataset.id for dataset in shown.datasets],
        "kb_names": [dataset.name for dataset in shown.datasets],
        "llm_id": shown.model_name,
        "llm_setting": present_setting(chat.generation),
        "prompt_config": present_prompt_config(chat.prompting),
        "similarity_threshold": chat.threshold,
        "vector_similarity_weight": chat.vector_weight,
        "top_n": chat.top_n,
        "top_k": chat.top_k,
        "rerank_id": chat.reranker,
        "meta_data_filter": present_filter(chat.prompting),
        "create_time": chat.create_time,
        "create_date": http_date(chat.create_time),
        "update_time": chat.update_time,
        "update_date": http_date(chat.update_time),
        "level": shown.level,
    }
