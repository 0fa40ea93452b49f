"""Chat assistants on the wire, in the classic names and in the later ones."""

from dataclasses import replace
from typing import Annotated, Any, Literal, Self, TypeVar

import orjson
from pydantic import (
    AfterValidator,
    AliasChoices,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from api.errors import ArgumentError, LackingError, RuleError
from api.schemas.base import (
    MAX_IDS,
    Ids,
    LenientFlag,
    NullFreeRequest,
    StorableText,
    StrictRequest,
    Unbuilt,
    UnbuiltFlag,
    without_nul,
)
from api.schemas.listing import OrderedQuery, names_in, shown_as
from api.schemas.meta_filter import MetaFilter
from api.schemas.sdk.assistant import OPTIONS, ChatAnswer, complement
from api.schemas.searching import MAX_QUESTION, Languages
from api.services.chats import records
from api.services.chats.filters import FIELD
from api.services.chats.records import ChatRecord, ShownChat
from api.services.chats.values import (
    ChatChanges,
    ChatFilter,
    GenerationChanges,
    PromptingChanges,
)
from api.services.search.context import MOST as MOST_CONTEXT
from api.services.unset import UNSET, Unset
from rag.quoting import quoted

T = TypeVar("T")

NAME_LIMIT = 255
TEXT_LIMIT = 65_535

Number = Annotated[float, Field(allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(without_nul)]
ModelName = Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(without_nul)]
Count = Annotated[int, Field(ge=-(2**31), lt=2**31)]

Variables = Annotated[list["Variable"], Field(max_length=100)]


class Variable(NullFreeRequest):
    """A `{key}` in the prompt that a question fills in; `knowledge` is filled with passages."""

    key: str = Field(min_length=1, max_length=NAME_LIMIT)
    optional: bool = False

    def record(self) -> records.Variable:
        """Return the variable as assistants keep it."""
        return records.Variable(self.key, self.optional)


class LlmPart(NullFreeRequest):
    """Which model answers and how; only what is given changes. Other keys are kept and shown."""

    model_config = ConfigDict(extra="allow")

    model_name: ModelName | None = None
    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    max_tokens: Count | None = None

    @model_validator(mode="after")
    def others_fit(self) -> Self:
        """Refuse other keys that are too long as a whole, or cannot be stored."""
        text = orjson.dumps(self.model_extra)
        if len(text) > TEXT_LIMIT or rb"\u0000" in text:
            raise ArgumentError(f"`llm` must have at most {TEXT_LIMIT:,} characters, and no NUL.")
        return self

    def values(self, llm_id: str | None) -> GenerationChanges:
        """Return what is given; `llm_id` is the name of the model beside this part."""
        return GenerationChanges(
            model_name=given(llm_id, self.model_name),
            temperature=given(self.temperature),
            top_p=given(self.top_p),
            presence_penalty=given(self.presence_penalty),
            frequency_penalty=given(self.frequency_penalty),
            max_tokens=given(self.max_tokens),
            others=self.model_extra or {},
        )


class PromptPart(NullFreeRequest):
    """How an assistant retrieves and what it tells the model; only what is given changes."""

    similarity_threshold: Number | None = None
    keywords_similarity_weight: Number | None = None
    top_n: Count | None = None
    top_k: Count | None = None
    variables: Variables | None = Field(
        None, validation_alias=AliasChoices("variables", "parameters")
    )
    rerank_model: ModelName | None = Field(
        None, validation_alias=AliasChoices("rerank_model", "rerank_id")
    )
    empty_response: Text | None = None
    opener: Text | None = Field(None, validation_alias=AliasChoices("opener", "prologue"))
    show_quote: bool | None = Field(None, validation_alias=AliasChoices("show_quote", "quote"))
    prompt: Text | None = Field(None, validation_alias=AliasChoices("prompt", "system"))
    tts: UnbuiltFlag = False
    refine_multiturn: LenientFlag = False
    use_kg: UnbuiltFlag = False
    reasoning: UnbuiltFlag = False
    cross_languages: Languages = Field(default=[])
    toc_enhance: UnbuiltFlag = False
    tavily_api_key: Unbuilt = ""
    web_search_provider: Unbuilt = ""
    keyword: LenientFlag = False
    context: int = Field(0, ge=0, le=MOST_CONTEXT)

    @field_validator("variables")
    @classmethod
    def keys_differ(cls, variables: list[Variable]) -> list[Variable]:
        """Refuse a key that is declared twice."""
        seen: set[str] = set()
        for variable in variables:
            if variable.key in seen:
                raise RuleError(f"`parameters` contains duplicate key: {quoted(variable.key)}")
            seen.add(variable.key)
        return variables

    def values(self) -> PromptingChanges:
        """Return what is given of the texts and options."""
        variables = tuple(item.record() for item in self.variables or ())
        return PromptingChanges(
            text=given(self.prompt),
            opener=given(self.opener),
            variables=UNSET if self.variables is None else variables,
            empty_response=given(self.empty_response),
            show_quote=given(self.show_quote),
            options=self.model_dump(include=set(OPTIONS), exclude_unset=True),
        )

    @property
    def vector_weight(self) -> float | None:
        """Return the part of the vector, of which the words' part is given."""
        weight = self.keywords_similarity_weight
        return None if weight is None else complement(weight)


class ChatRequest(StrictRequest):
    """A new assistant, or what to change of one; a null counts as not given."""

    name: str | None = None
    avatar: Text | None = Field(None, validation_alias=AliasChoices("avatar", "icon"))
    description: Text | None = None
    language: Annotated[str, Field(max_length=32), AfterValidator(without_nul)] | None = None
    dataset_ids: Ids | None = None
    llm: LlmPart = Field(LlmPart(), validation_alias=AliasChoices("llm", "llm_setting"))
    llm_id: ModelName | None = None
    prompt: PromptPart = Field(
        PromptPart(), validation_alias=AliasChoices("prompt", "prompt_config")
    )
    similarity_threshold: Number | None = None
    vector_similarity_weight: Number | None = None
    top_n: Count | None = None
    top_k: Count | None = None
    rerank_id: ModelName | None = None
    meta_data_filter: MetaFilter | None = None

    @model_validator(mode="before")
    @classmethod
    def tidy(cls, values: Any) -> Any:
        """Drop nulls, the name's apart, and refuse what has a sentence of its own."""
        if not isinstance(values, dict):
            return values
        if "tenant_id" in values:
            raise RuleError("`tenant_id` must not be provided.")
        return {key: value for key, value in values.items() if value is not None or key == "name"}

    @field_validator("name", mode="before")
    @classmethod
    def name_fits(cls, name: Any) -> Any:
        """Strip the name and hold it to its limit, in bytes."""
        if name is None:
            return None
        if not isinstance(name, str):
            raise RuleError("chat name must be a string")
        stripped = name.strip()
        if "\0" in stripped:
            raise RuleError("chat name must not hold a NUL character")
        length = len(stripped.encode())
        if length > NAME_LIMIT:
            raise RuleError(f"chat name length is {length} which is larger than {NAME_LIMIT}")
        return stripped

    @field_validator("dataset_ids", mode="before")
    @classmethod
    def datasets_are_listed(cls, dataset_ids: Any) -> Any:
        """Refuse a single id where a list belongs."""
        if not isinstance(dataset_ids, list):
            raise RuleError("`dataset_ids` should be a list.")
        return dataset_ids

    def wanted(self) -> ChatChanges:
        """Return what is given of a new assistant."""
        if not self.name:
            raise LackingError("name")
        return self.given()

    def change(self) -> ChatChanges:
        """Return what to change of an assistant."""
        if "name" in self.model_fields_set and not self.name:
            raise RuleError("`name` cannot be empty.")
        return self.given()

    def given(self) -> ChatChanges:
        """Return what is given; where a part and the whole say the same, the part counts."""
        ids = self.dataset_ids
        return ChatChanges(
            name=given(self.name),
            avatar=given(self.avatar),
            description=given(self.description),
            language=given(self.language),
            dataset_ids=UNSET if ids is None else tuple(dict.fromkeys(ids)),
            threshold=given(self.prompt.similarity_threshold, self.similarity_threshold),
            vector_weight=given(self.prompt.vector_weight, self.vector_similarity_weight),
            top_n=given(self.prompt.top_n, self.top_n),
            top_k=given(self.prompt.top_k, self.top_k),
            reranker=given(
                self.prompt.rerank_model or None, self.rerank_id, self.prompt.rerank_model
            ),
            generation=self.llm.values(self.llm_id),
            prompting=self.prompting(),
        )

    def prompting(self) -> PromptingChanges:
        """Return what is given of the texts, with the filter among the options."""
        texts = self.prompt.values()
        kept = {} if self.meta_data_filter is None else {FIELD: self.meta_data_filter}
        return replace(texts, options={**texts.options, **kept})


class TrialRequest(ChatRequest):
    """A question to an assistant as it would be with what else is given."""

    question: str = Field("", max_length=MAX_QUESTION)
    stream: LenientFlag = True


class ChatQuery(OrderedQuery):
    """Which assistants to list."""

    heavy = shown_as("description", avatar="avatar icon", datasets="datasets dataset_ids kb_names")

    orderby: Literal["create_time", "update_time"] = "create_time"
    id: StorableText | None = None
    name: StorableText | None = None
    keywords: StorableText = ""
    owner_ids: list[StorableText] = Field(default=[], max_length=MAX_IDS)

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what an assistant shows."""
        return names_in(ChatAnswer)

    def wanted(self) -> ChatFilter:
        """Return which assistants are asked for; empty values ask for nothing."""
        owners = tuple(filter(None, self.owner_ids))
        return ChatFilter(self.id or None, self.name or None, self.keywords, owners)

    @staticmethod
    def row_of(listed: ShownChat) -> ChatRecord:
        """Return the record of an assistant."""
        return listed.chat


def given(*values: T | None) -> T | Unset:
    """Return the first value that is given."""
    return next((value for value in values if value is not None), UNSET)
