"""Assistants on the console's pages, which call them dialogs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Self

import orjson
from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError, RuleError
from api.schemas.base import (
    MAX_TEXT,
    Ids,
    LenientFlag,
    NullFreeRequest,
    Request,
    Unbuilt,
    UnbuiltFlag,
    without_nul,
)
from api.schemas.console.requests import ConsoleRequest, ListQuery
from api.schemas.listing import names_in
from api.schemas.meta_filter import MetaFilter
from api.schemas.search_app import ModelSettingsAnswer, present_settings
from api.schemas.searching import Languages, Number
from api.schemas.times import http_date
from api.services.chats import records
from api.services.chats.filters import FIELD
from api.services.chats.records import (
    ChatList,
    Prompting,
    ShownChat,
    filter_of,
    is_refined,
    steps_of,
)
from api.services.chats.values import (
    ChatChanges,
    ChatFilter,
    GenerationChanges,
    PromptingChanges,
)
from api.services.unset import UNSET

NAME_LIMIT = 255
ORDERS = {name: name for name in ("create_time", "update_time", "name")}

Text = Annotated[str, Field(max_length=65_535), AfterValidator(without_nul)]
ShortText = Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(without_nul)]
Count = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class Parameter(NullFreeRequest):
    """A `{key}` in the prompt that a question fills in; `knowledge` is filled with passages."""

    key: ShortText = Field(min_length=1)
    optional: bool = False


STEPS = ("keyword", "refine_multiturn", "cross_languages")
"""What a model is to do with questions before passages are looked for."""


class PromptConfig(NullFreeRequest):
    """What an assistant tells the model and the asker; only what is given changes."""

    system: Text = ""
    prologue: Text = ""
    parameters: Annotated[list[Parameter], Field(max_length=100)] = Field(default=[])
    empty_response: Text = ""
    quote: bool = True
    keyword: LenientFlag = False
    tts: UnbuiltFlag = False
    refine_multiturn: LenientFlag = False
    use_kg: UnbuiltFlag = False
    reasoning: UnbuiltFlag = False
    toc_enhance: UnbuiltFlag = False
    cross_languages: Languages = Field(default=[])
    tavily_api_key: Unbuilt = ""
    web_search_provider: Unbuilt = ""

    def values(self) -> PromptingChanges:
        """Return what is given."""
        given = self.model_fields_set
        variables = tuple(records.Variable(item.key, item.optional) for item in self.parameters)
        return PromptingChanges(
            text=self.system if "system" in given else UNSET,
            opener=self.prologue if "prologue" in given else UNSET,
            variables=variables if "parameters" in given else UNSET,
            empty_response=self.empty_response if "empty_response" in given else UNSET,
            show_quote=self.quote if "quote" in given else UNSET,
            options={name: getattr(self, name) for name in STEPS if name in given},
        )


class ModelSettings(NullFreeRequest):
    """How a model is to answer; only what is given changes. Other keys are kept and shown."""

    model_config = ConfigDict(extra="allow", frozen=True)

    temperature: Number = 0.0
    top_p: Number = 0.0
    presence_penalty: Number = 0.0
    frequency_penalty: Number = 0.0
    max_tokens: Count = 0

    @model_validator(mode="after")
    def others_fit(self) -> Self:
        """Refuse other keys that are too long as a whole, or cannot be stored."""
        text = orjson.dumps(self.model_extra)
        if len(text) > MAX_TEXT or rb"\u0000" in text:
            raise ArgumentError(f"`llm_setting` may have {MAX_TEXT:,} characters, none a NUL.")
        return self

    def values(self, model: str | None) -> GenerationChanges:
        """Return what is given, with the name of a model if one is given."""
        given = {name: getattr(self, name) for name in ModelSettings.model_fields}
        chosen = {name: value for name, value in given.items() if name in self.model_fields_set}
        others = self.model_extra or {}
        named = UNSET if model is None else model
        return GenerationChanges(model_name=named, others=others, **chosen)


class DialogRequest(NullFreeRequest):
    """A new assistant, or with `dialog_id` what one is to be; a null counts as not given.

    What the pages send back of what they were shown, such as `kb_names`, is passed over.
    """

    dialog_id: str = ""
    name: ShortText = "New Dialog"
    icon: Text | None = None
    description: Text | None = None
    language: Annotated[str, Field(max_length=32), AfterValidator(without_nul)] | None = None
    prompt_config: PromptConfig
    llm_id: ShortText | None = None
    llm_setting: ModelSettings = ModelSettings()
    kb_ids: Ids | None = None
    similarity_threshold: Number | None = None
    vector_similarity_weight: Number | None = None
    top_n: Count | None = None
    top_k: Count | None = None
    rerank_id: ShortText | None = None
    meta_data_filter: MetaFilter | None = None

    @model_validator(mode="before")
    @classmethod
    def required(cls, values: Any) -> Any:
        """Name what no assistant is saved without, and refuse a name that is none."""
        if isinstance(values, dict) and values.get("prompt_config") is None:
            raise ArgumentError("required argument are missing: prompt_config; ")
        if isinstance(values, dict) and values.get("name", "") is None:
            raise RuleError("Dialog name must be string.")
        return values

    @field_validator("name", mode="before")
    @classmethod
    def name_fits(cls, name: Any) -> Any:
        """Strip the name and hold it to its limit, in bytes."""
        if not isinstance(name, str):
            raise RuleError("Dialog name must be string.")
        stripped = name.strip()
        if not stripped:
            raise RuleError("Dialog name can't be empty.")
        length = len(stripped.encode(errors="replace"))
        if length > NAME_LIMIT:
            raise RuleError(f"Dialog name length is {length} which is larger than {NAME_LIMIT}")
        return stripped

    def changes(self) -> ChatChanges:
        """Return what is given of an assistant; a new one's name goes without saying."""
        ids = self.kb_ids
        unnamed = self.dialog_id and "name" not in self.model_fields_set
        return ChatChanges(
            name=UNSET if unnamed else self.name,
            dataset_ids=UNSET if ids is None else tuple(dict.fromkeys(ids)),
            avatar=UNSET if self.icon is None else self.icon,
            description=UNSET if self.description is None else self.description,
            language=UNSET if self.language is None else self.language,
            threshold=UNSET if self.similarity_threshold is None else self.similarity_threshold,
            vector_weight=(
                UNSET if self.vector_similarity_weight is None else self.vector_similarity_weight
            ),
            top_n=UNSET if self.top_n is None else self.top_n,
            top_k=UNSET if self.top_k is None else self.top_k,
            reranker=UNSET if self.rerank_id is None else self.rerank_id,
            generation=self.llm_setting.values(self.llm_id),
            prompting=self.prompting(),
        )

    def prompting(self) -> PromptingChanges:
        """Return what is given of the texts, with the filter among the options."""
        values = self.prompt_config.values()
        if self.meta_data_filter is None:
            return values
        return replace(values, options={**values.options, FIELD: self.meta_data_filter})


class DialogQuery(ListQuery):
    """Which assistants to list."""

    orders = ORDERS

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a row shows."""
        return names_in(DialogAnswer)


class OwnersRequest(Request):
    """Whose assistants to list: everybody's that the asker may see, unless some are named."""

    owner_ids: Ids = Field(default=[])

    def wanted(self, keywords: str) -> ChatFilter:
        """Return which assistants are asked for."""
        return ChatFilter(keywords=keywords.strip(), owner_ids=tuple(self.owner_ids))


class DialogIdQuery(ConsoleRequest):
    """Which assistant is asked about."""

    dialog_id: str


class DialogIds(ConsoleRequest):
    """Which assistants to delete."""

    dialog_ids: Ids


class ParameterAnswer(TypedDict):
    """A variable of a prompt."""

    key: str
    optional: bool


class PromptConfigAnswer(TypedDict):
    """What an assistant tells the model and the asker; what is not built is switched off."""

    system: str
    prologue: str
    parameters: list[ParameterAnswer]
    empty_response: str
    quote: bool
    keyword: bool
    tts: bool
    refine_multiturn: bool
    use_kg: bool
    reasoning: bool
    toc_enhance: bool
    cross_languages: list[str]


class DialogAnswer(TypedDict):
    """An assistant."""

    id: str
    tenant_id: str
    name: str
    icon: str
    description: str
    language: str
    kb_ids: list[str]
    kb_names: list[str]
    prompt_type: str
    prompt_config: PromptConfigAnswer
    llm_id: str
    llm_setting: ModelSettingsAnswer
    similarity_threshold: float
    vector_similarity_weight: float
    top_n: int
    top_k: int
    rerank_id: str
    do_refer: str
    meta_data_filter: Mapping[str, object]
    status: str
    create_time: int
    create_date: str
    update_time: int
    update_date: str


class DialogListAnswer(TypedDict):
    """A page of the assistants."""

    dialogs: list[DialogAnswer]
    total: int


def present_dialog(shown: ShownChat) -> DialogAnswer:
    """Return an assistant with all that the form of its settings reads."""
    chat, datasets = shown.chat, shown.datasets
    return {
        "id": chat.id,
        "tenant_id": chat.tenant_id,
        "name": chat.name,
        "icon": chat.avatar,
        "description": chat.description,
        "language": chat.language,
        "kb_ids": [dataset.id for dataset in datasets],
        "kb_names": [dataset.name for dataset in datasets],
        "prompt_type": "simple",
        "prompt_config": present_prompt_config(chat.prompting),
        "llm_id": shown.model_name,
        "llm_setting": present_settings(chat.generation),
        "similarity_threshold": chat.threshold,
        "vector_similarity_weight": chat.vector_weight,
        "top_n": chat.top_n,
        "top_k": chat.top_k,
        "rerank_id": chat.reranker,
        "do_refer": "1",
        "meta_data_filter": dict(filter_of(chat.prompting)),
        "status": "1",
        "create_time": chat.create_time,
        "create_date": http_date(chat.create_time),
        "update_time": chat.update_time,
        "update_date": http_date(chat.update_time),
    }


def present_prompt_config(prompting: Prompting) -> PromptConfigAnswer:
    """Return what an assistant tells the model and the asker."""
    steps = steps_of(prompting)
    return {
        "system": prompting.text,
        "prologue": prompting.opener,
        "parameters": [
            {"key": variable.key, "optional": variable.optional} for variable in prompting.variables
        ],
        "empty_response": prompting.empty_response or "",
        "quote": prompting.show_quote,
        "keyword": steps.keyword,
        "tts": False,
        "refine_multiturn": is_refined(prompting),
        "use_kg": False,
        "reasoning": False,
        "toc_enhance": False,
        "cross_languages": list(steps.languages),
    }


def present_dialogs(found: ChatList, query: DialogQuery) -> DialogListAnswer:
    """Return a page of the assistants."""
    return {"dialogs": present_rows(found, query), "total": found.total}


def present_rows(found: ChatList, query: DialogQuery) -> list[DialogAnswer]:
    """Return assistants, with the fields of each that are asked for."""
    return query.chosen([present_dialog(shown) for shown in found.chats])
