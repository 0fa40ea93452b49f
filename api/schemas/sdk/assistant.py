"""Chat assistants as they are shown, in the classic names and in the later ones."""

from typing import NotRequired, cast

from typing_extensions import TypedDict

from api.schemas.times import Dates, dates
from api.services.chats.records import (
    ChatRecord,
    Generation,
    LinkedDataset,
    Prompting,
    ShownChat,
    filter_of,
    generation_values,
)


class OptionsAnswer(TypedDict):
    """What is done with a question before passages are looked for; of what is not built, "off"."""

    tts: bool
    refine_multiturn: bool
    use_kg: bool
    reasoning: bool
    cross_languages: list[str]
    toc_enhance: bool
    keyword: bool
    context: int


OPTIONS: OptionsAnswer = {
    "tts": False,
    "refine_multiturn": False,
    "use_kg": False,
    "reasoning": False,
    "cross_languages": [],
    "toc_enhance": False,
    "keyword": False,
    "context": 0,
}
"""The options that are off."""


class LinkedAnswer(TypedDict):
    """A dataset that an assistant reads."""

    id: str
    name: str
    avatar: str
    description: str
    embedding_model: str
    chunk_count: int


class SettingAnswer(TypedDict):
    """How a model answers; other keys are as they were given."""

    temperature: float
    top_p: float
    presence_penalty: float
    frequency_penalty: float
    max_tokens: int


class LlmAnswer(SettingAnswer):
    """Which model answers, and how."""

    model_name: str


class VariableAnswer(TypedDict):
    """A `{key}` in the prompt."""

    key: str
    optional: bool


class Ranking(TypedDict):
    """Which passages an assistant reads."""

    similarity_threshold: float
    top_n: int
    top_k: int


class PromptAnswer(Ranking):
    """How an assistant retrieves, and what it tells the model, in the classic names."""

    keywords_similarity_weight: float
    variables: list[VariableAnswer]
    rerank_model: str
    empty_response: str | None
    show_quote: bool
    opener: str
    prompt: str


class PromptConfigAnswer(OptionsAnswer):
    """What an assistant tells the model, in the later names."""

    system: str
    prologue: str
    parameters: list[VariableAnswer]
    empty_response: str | None
    quote: bool


class FilterAnswer(TypedDict):
    """How an assistant filters documents by metadata, if at all; see `meta_filter`."""

    method: str
    logic: NotRequired[str]
    manual: NotRequired[list[dict[str, object]]]


class ChatAnswer(Dates, Ranking):
    """An assistant; what it is made of is there in the classic names and in the later ones.

    `level` is what one may do with an assistant of somebody else, null for one's own.
    """

    id: str
    tenant_id: str
    name: str
    avatar: str
    description: str
    language: str
    status: str
    do_refer: str
    prompt_type: str
    vector_similarity_weight: float
    rerank_id: str
    datasets: list[LinkedAnswer]
    llm: LlmAnswer
    prompt: PromptAnswer
    icon: str
    dataset_ids: list[str]
    kb_names: list[str]
    llm_id: str
    llm_setting: SettingAnswer
    prompt_config: PromptConfigAnswer
    meta_data_filter: FilterAnswer
    level: str | None


def complement(weight: float) -> float:
    """Return 1 - weight, without the dust of binary fractions."""
    return round(1 - weight, 6)


def present_chat(shown: ShownChat) -> ChatAnswer:
    """Return an assistant in the classic names and in the later ones."""
    chat, datasets = shown.chat, shown.datasets
    setting = present_setting(chat.generation)
    return {
        "id": chat.id,
        "tenant_id": chat.tenant_id,
        "name": chat.name,
        "avatar": chat.avatar,
        "description": chat.description,
        **dates(chat.create_time, chat.update_time),
        **ranking(chat),
        "language": chat.language,
        "status": "1",
        "do_refer": "1",
        "prompt_type": "simple",
        "vector_similarity_weight": chat.vector_weight,
        "rerank_id": chat.reranker,
        "datasets": [present_linked(dataset) for dataset in datasets],
        "llm": {**setting, "model_name": shown.model_name},
        "prompt": present_prompt(chat),
        "icon": chat.avatar,
        "dataset_ids": [dataset.id for dataset in datasets],
        "kb_names": [dataset.name for dataset in datasets],
        "llm_id": shown.model_name,
        "llm_setting": setting,
        "prompt_config": present_prompt_config(chat.prompting),
        "meta_data_filter": present_filter(chat.prompting),
        "level": shown.level,
    }


def present_filter(prompting: Prompting) -> FilterAnswer:
    """Return how an assistant filters documents by their metadata."""
    return cast("FilterAnswer", dict(filter_of(prompting)) or {"method": "disabled"})


def present_setting(generation: Generation) -> SettingAnswer:
    """Return how a model answers, with what is kept beside it."""
    values = generation_values(generation)
    del values["model_name"]
    return cast("SettingAnswer", values)


def ranking(chat: ChatRecord) -> Ranking:
    """Return which passages an assistant reads."""
    return {"similarity_threshold": chat.threshold, "top_n": chat.top_n, "top_k": chat.top_k}


def present_linked(dataset: LinkedDataset) -> LinkedAnswer:
    """Return a dataset as the assistants that read it show it."""
    return {
        "id": dataset.id,
        "name": dataset.name,
        "avatar": dataset.avatar,
        "description": dataset.description,
        "embedding_model": dataset.embedding_model,
        "chunk_count": dataset.chunk_count,
    }


def present_prompt(chat: ChatRecord) -> PromptAnswer:
    """Return how an assistant retrieves and its texts, in the classic names."""
    return {
        **ranking(chat),
        "keywords_similarity_weight": complement(chat.vector_weight),
        "variables": present_variables(chat.prompting),
        "rerank_model": chat.reranker,
        "empty_response": chat.prompting.empty_response,
        "show_quote": chat.prompting.show_quote,
        "opener": chat.prompting.opener,
        "prompt": chat.prompting.text,
    }


def present_prompt_config(prompting: Prompting) -> PromptConfigAnswer:
    """Return an assistant's texts in the later names, with the options."""
    return {
        "system": prompting.text,
        "prologue": prompting.opener,
        "parameters": present_variables(prompting),
        "empty_response": prompting.empty_response,
        "quote": prompting.show_quote,
        **present_options(prompting),
    }


def present_options(prompting: Prompting) -> OptionsAnswer:
    """Return the options; they were checked when they were stored."""
    given = prompting.options
    return cast("OptionsAnswer", {key: given.get(key, usual) for key, usual in OPTIONS.items()})


def present_variables(prompting: Prompting) -> list[VariableAnswer]:
    """Return the variables of an assistant's prompt."""
    return [{"key": item.key, "optional": item.optional} for item in prompting.variables]
