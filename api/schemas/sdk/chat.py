"""Chat assistants on the wire, in the classic names and in the later ones."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, field_validator, model_validator

from api.errors import RuleError
from api.schemas.base import (
    Ids,
    LenientFlag,
    NullFreeRequest,
    PageQuery,
    StorableText,
    StrictRequest,
    without_nul,
)
from api.schemas.times import timestamps
from rag.quoting import quoted

NAME_LIMIT = 255
TEXT_LIMIT = 65_535

Number = Annotated[float, Field(allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(without_nul)]
Count = Annotated[int, Field(ge=-(2**31), lt=2**31)]

LLM_DEFAULTS: Mapping[str, Any] = {
    "model_name": "",
    "temperature": 0.1,
    "top_p": 0.3,
    "presence_penalty": 0.4,
    "frequency_penalty": 0.7,
    "max_tokens": 512,
}
PROMPT_DEFAULTS: Mapping[str, Any] = {
    "variables": [{"key": "knowledge", "optional": False}],
    "rerank_model": "",
    "empty_response": None,
    "show_quote": True,
}
"""What a new assistant's prompt holds beside the texts in conf/prompts."""

LATER_NAMES: Mapping[str, str] = {
    "system": "prompt",
    "prologue": "opener",
    "parameters": "variables",
    "empty_response": "empty_response",
    "quote": "show_quote",
}
LATER_DEFAULTS: Mapping[str, Any] = {
    "tts": False,
    "refine_multiturn": False,
    "use_kg": False,
    "reasoning": False,
    "cross_languages": [],
    "toc_enhance": False,
    "keyword": False,
}
"""Options that need further models: kept and shown, without effect."""


class Variable(NullFreeRequest):
    """A `{key}` in the prompt that a question fills in; `knowledge` is filled with passages."""

    key: str = Field(min_length=1, max_length=NAME_LIMIT)
    optional: bool = False


class LlmPart(NullFreeRequest):
    """Which model answers and how; only what is given changes."""

    model_name: Annotated[str, Field(max_length=NAME_LIMIT)] = ""
    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    max_tokens: Count | None = None


class PromptPart(NullFreeRequest):
    """How an assistant retrieves and what it tells the model; only what is given changes."""

    similarity_threshold: Number | None = None
    keywords_similarity_weight: Number | None = None
    top_n: Count | None = None
    top_k: Count | None = None
    variables: list[Variable] = Field(
        default=[], max_length=100, validation_alias=AliasChoices("variables", "parameters")
    )
    rerank_model: str = Field("", validation_alias=AliasChoices("rerank_model", "rerank_id"))
    empty_response: Text = ""
    opener: Text = Field("", validation_alias=AliasChoices("opener", "prologue"))
    show_quote: bool = Field(default=True, validation_alias=AliasChoices("show_quote", "quote"))
    prompt: Text = Field("", validation_alias=AliasChoices("prompt", "system"))
    tts: bool = False
    refine_multiturn: bool = False
    use_kg: bool = False
    reasoning: bool = False
    cross_languages: list[str] = Field(default=[], max_length=100)
    toc_enhance: bool = False
    keyword: bool = False

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


class ChatRequest(StrictRequest):
    """A new assistant, or what to change of one; a null counts as not given."""

    name: str | None = None
    avatar: Text = Field("", validation_alias=AliasChoices("avatar", "icon"))
    description: Text = ""
    language: Annotated[str, Field(max_length=32), AfterValidator(without_nul)] = ""
    dataset_ids: Ids = Field(default=[])
    llm: LlmPart = Field(LlmPart(), validation_alias=AliasChoices("llm", "llm_setting"))
    llm_id: Annotated[str, Field(max_length=NAME_LIMIT)] = ""
    prompt: PromptPart = Field(
        PromptPart(), validation_alias=AliasChoices("prompt", "prompt_config")
    )
    similarity_threshold: Number | None = None
    vector_similarity_weight: Number | None = None
    top_n: Count | None = None
    top_k: Count | None = None
    rerank_id: str = ""

    @model_validator(mode="before")
    @classmethod
    def tidy(cls, values: Any) -> Any:
        """Drop nulls, the name's apart, and refuse what has a sentence of its own."""
        if not isinstance(values, dict):
            return values
        if "tenant_id" in values:
            raise RuleError("`tenant_id` must not be provided.")
        if values.get("meta_data_filter"):
            raise RuleError("`meta_data_filter` is not available: leave it out.")
        return {
            key: value
            for key, value in values.items()
            if key != "meta_data_filter" and (value is not None or key == "name")
        }

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

    def columns(self) -> dict[str, Any]:
        """Return the given columns of the assistant; `llm` and `prompt` hold given parts."""
        llm = self.llm.model_dump(exclude_unset=True)
        prompt = self.prompt.model_dump(exclude_unset=True)
        given = self.model_dump(exclude_unset=True, exclude={"llm", "prompt"})
        if "variables" in prompt:
            prompt["variables"] = [variable.model_dump() for variable in self.prompt.variables]
        if "llm_id" in given:
            llm["model_name"] = given.pop("llm_id")
        if "rerank_id" in given:
            prompt["rerank_model"] = given.pop("rerank_id")
        if "keywords_similarity_weight" in prompt:
            weight = prompt.pop("keywords_similarity_weight")
            given["vector_similarity_weight"] = complement(weight)
        for key in ("similarity_threshold", "top_n", "top_k"):
            if key in prompt:
                given[key] = prompt.pop(key)
        return {**given, "llm": llm, "prompt": prompt}


class ChatQuery(PageQuery):
    """Which assistants to list."""

    orderby: Literal["create_time", "update_time"] = "create_time"
    desc: LenientFlag = True
    id: StorableText | None = None
    name: StorableText | None = None
    keywords: StorableText = ""


def complement(weight: float) -> float:
    """Return 1 - weight, without the dust of binary fractions."""
    return round(1 - weight, 6)


def chat_object(row: Mapping[str, Any], datasets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an assistant in the classic names and in the later ones."""
    llm, prompt = row["llm"], row["prompt"]
    shared = {key: row[key] for key in ("similarity_threshold", "top_n", "top_k")}
    return {
        **{key: row[key] for key in ("id", "tenant_id", "name", "avatar", "description")},
        **timestamps(row),
        **shared,
        "language": row["language"],
        "status": "1",
        "do_refer": "1",
        "prompt_type": "simple",
        "vector_similarity_weight": row["vector_similarity_weight"],
        "rerank_id": prompt["rerank_model"],
        "datasets": datasets,
        "llm": llm,
        "prompt": {
            **shared,
            "keywords_similarity_weight": complement(row["vector_similarity_weight"]),
            **{key: value for key, value in prompt.items() if key not in LATER_DEFAULTS},
        },
        "icon": row["avatar"],
        "dataset_ids": [dataset["id"] for dataset in datasets],
        "kb_names": [dataset["name"] for dataset in datasets],
        "llm_id": llm["model_name"],
        "llm_setting": {key: value for key, value in llm.items() if key != "model_name"},
        "prompt_config": {
            **{later: prompt[classic] for later, classic in LATER_NAMES.items()},
            **{key: prompt.get(key, default) for key, default in LATER_DEFAULTS.items()},
        },
    }
