"""How documents are parsed: the options, their limits, and the defaults of each chunk method."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, ConfigDict, Field, model_validator

from api.schemas.base import StorableText, StrictRequest, without_nul

MAX_JSON = 65_535

DatasetMethod = Literal[
    "naive",
    "book",
    "email",
    "laws",
    "manual",
    "one",
    "paper",
    "picture",
    "presentation",
    "qa",
    "table",
    "tag",
]
"""Chunk methods that a dataset can have; documents know two more."""

DOCUMENT_METHODS = frozenset(
    {*DatasetMethod.__args__, "knowledge_graph", "audio"}  # type: ignore[attr-defined]  # a Literal
)

RAPTOR_PROMPT = (
    "Summarize the following paragraphs. Keep numbers exact and add nothing.\n"
    "Paragraphs:\n{cluster_content}\nEnd of the paragraphs to summarize."
)
ENTITY_TYPES = ("organization", "person", "geo", "event", "category")

# Limits stand before other checks: only then does pydantic speak of characters.
FilledText = Annotated[str, Field(min_length=1), AfterValidator(without_nul)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Texts = Annotated[list[StorableText], Field(max_length=1000, fail_fast=True)]


PageRange = Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=1000, fail_fast=True)]
PageRanges = Annotated[list[PageRange], Field(max_length=1000, fail_fast=True)]


class StrictPart(StrictRequest):
    """A part of a JSON body whose values must have the right type already."""

    model_config = ConfigDict(strict=True)


class Raptor(StrictPart):
    """Summaries of clusters of chunks; kept for clients, without effect."""

    use_raptor: bool = False
    prompt: FilledText = RAPTOR_PROMPT
    max_token: Annotated[int, Field(ge=1, le=2048)] = 256
    threshold: Fraction = 0.1
    max_cluster: Annotated[int, Field(ge=1, le=1024)] = 64
    random_seed: Annotated[int, Field(ge=0, lt=2**63)] = 0


class GraphRag(StrictPart):
    """A graph of entities; kept for clients, without effect."""

    use_graphrag: bool = False
    entity_types: Texts = Field(default_factory=list)
    method: Literal["light", "general"] = "light"
    community: bool = False
    resolution: bool = False


class ParserConfig(StrictPart):
    """Options of parsing and chunking; what is not given keeps its stored or default value."""

    layout_recognize: StorableText = "DeepDOC"
    chunk_token_num: Annotated[int, Field(ge=1, le=2048)] = 512
    delimiter: FilledText = "\n"
    overlapped_percent: Annotated[int, Field(ge=0, le=50)] = 0
    auto_keywords: Annotated[int, Field(ge=0, le=32)] = 0
    auto_questions: Annotated[int, Field(ge=0, le=10)] = 0
    html4excel: bool = False
    topn_tags: Annotated[int, Field(ge=1, le=10)] = 3
    tag_kb_ids: Texts = Field(default_factory=list)
    filename_embd_weight: Fraction | None = None
    task_page_size: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    pages: PageRanges | None = None
    entity_types: Texts = Field(default_factory=list)
    raptor: Raptor = Raptor()
    graphrag: GraphRag = GraphRag()

    @model_validator(mode="before")
    @classmethod
    def fits(cls, values: Any) -> Any:
        """Refuse options that are too long as a whole."""
        if isinstance(values, dict) and len(orjson.dumps(values)) > MAX_JSON:
            raise ValueError(f"Parser config exceeds size limit (max {MAX_JSON:,} characters)")
        return values

    def given(self) -> dict[str, Any]:
        """Return the options that were given, on every level."""
        return self.model_dump(exclude_unset=True)


_NAIVE: Mapping[str, Any] = {
    "layout_recognize": "DeepDOC",
    "chunk_token_num": 512,
    "delimiter": "\n",
    "auto_keywords": 0,
    "auto_questions": 0,
    "html4excel": False,
    "topn_tags": 3,
    "raptor": {
        "use_raptor": True,
        "prompt": RAPTOR_PROMPT,
        "max_token": 256,
        "threshold": 0.1,
        "max_cluster": 64,
        "random_seed": 0,
    },
    "graphrag": {"use_graphrag": True, "entity_types": list(ENTITY_TYPES), "method": "light"},
}
_PLAIN: Mapping[str, Any] = {"raptor": {"use_raptor": False}, "graphrag": {"use_graphrag": False}}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "naive": _NAIVE,
    **dict.fromkeys(("qa", "manual", "paper", "book", "laws", "presentation"), _PLAIN),
    "knowledge_graph": {
        "chunk_token_num": 8192,
        "delimiter": "\n",
        "entity_types": list(ENTITY_TYPES),
    },
}


def default_config(chunk_method: str) -> dict[str, Any]:
    """Return the options that a chunk method has by default; some have none."""
    return deepcopy(dict(_DEFAULTS.get(chunk_method, {})))


def deep_merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `changes` laid over it, objects merged key by key on every level."""
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            merged[key] = deep_merged(inner, value)
        else:
            merged[key] = value
    return merged


def next_config(
    stored: Mapping[str, Any],
    method: str,
    given: ParserConfig | None,
    *,
    asked: bool,
    method_changes: bool,
) -> dict[str, Any]:
    """Return the options after an update.

    `given` is what the update says of them, if it says anything (`asked`): null or nothing in it
    means the method's defaults. A change of the method starts from its defaults, too.
    """
    options = given.given() if given else {}
    if method_changes or (asked and not options):
        return deep_merged(default_config(method), options)
    return deep_merged(stored, options)
