"""How documents are parsed, on the wire: the options and their limits."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.errors import NotBuiltError, RuleError
from api.schemas.auto_metadata import MetadataFields
from api.schemas.base import StorableText, StrictRequest, without_nul
from api.services.library.parser_options import RAPTOR_PROMPT
from api.services.unset import UNSET, Unset
from rag.quoting import quoted
from rag.tokenizing.languages import LANGUAGES

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

NOT_BUILT = frozenset({"knowledge_graph"})
"""Methods of the contract that are refused as not built."""


def checked_method(method: str | None, field: str = "chunk_method") -> str | None:
    """Return a chunk method of a document.

    Raises RuleError for one that the contract does not know, NotBuiltError for one that is not
    built.
    """
    if method is not None and method not in DOCUMENT_METHODS:
        raise RuleError(f"`{field}` {quoted(method)} doesn't exist")
    if method in NOT_BUILT:
        raise NotBuiltError(f"The chunk method {method} (`{field}`)")
    return method


# Limits stand before other checks: only then does pydantic speak of characters.
FilledText = Annotated[str, Field(min_length=1), AfterValidator(without_nul)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Texts = Annotated[list[StorableText], Field(max_length=1000, fail_fast=True)]


def in_order(pages: list[int]) -> list[int]:
    """Refuse a last page before the first."""
    if pages[0] > pages[1]:
        raise PydanticCustomError("page_order", "The last page comes before the first")
    return pages


ContextSize = Annotated[int, Field(ge=0, le=256)]
"""In tokens."""

PageRange = Annotated[
    list[Annotated[int, Field(ge=1, lt=2**31)]],
    Field(min_length=2, max_length=2, fail_fast=True),
    AfterValidator(in_order),
]
PageRanges = Annotated[list[PageRange], Field(max_length=1000, fail_fast=True)]


def known_language(value: str) -> str:
    """Refuse a language whose word forms are not known; empty stands for finding it."""
    if value and value not in LANGUAGES:
        known = ", ".join(sorted(LANGUAGES))
        raise PydanticCustomError("language", f"Language must be empty or one of {known}")
    return value


def not_blank(value: str) -> str:
    """Refuse a text of nothing but blanks."""
    if not value.strip():
        raise PydanticCustomError("blank", "Text must not be blank")
    return value


class StrictPart(StrictRequest):
    """A part of a JSON body whose values must have the right type already."""

    model_config = ConfigDict(strict=True)


class Raptor(StrictPart):
    """Summaries of clusters of chunks, which are not built: they cannot be switched on."""

    use_raptor: bool = False
    prompt: Annotated[FilledText, AfterValidator(not_blank)] = RAPTOR_PROMPT
    max_token: Annotated[int, Field(ge=1, le=2048)] = 256
    threshold: Fraction = 0.1
    max_cluster: Annotated[int, Field(ge=1, le=1024)] = 64
    random_seed: Annotated[int, Field(ge=0, lt=2**63)] = 0


class GraphRag(StrictPart):
    """A graph of entities, which is not built: it cannot be switched on."""

    use_graphrag: bool = False
    entity_types: Texts = Field(default_factory=list)
    method: Literal["light", "general"] = "light"
    community: bool = False
    resolution: bool = False


class ParentChild(StrictPart):
    """Parts of chunks that are found for the sake of the whole, and what they end with."""

    use_parent_child: bool = False
    children_delimiter: FilledText = "\n"


class ParserConfig(StrictPart):
    """Options of parsing and chunking; what is not given keeps its stored or default value."""

    layout_recognize: StorableText = "DeepDOC"
    chunk_token_num: Annotated[int, Field(ge=1, le=2048)] = 512
    delimiter: FilledText = "\n"
    overlapped_percent: Annotated[int, Field(ge=0, le=50)] = 0
    auto_keywords: Annotated[int, Field(ge=0, le=32)] = 0
    auto_questions: Annotated[int, Field(ge=0, le=10)] = 0
    html4excel: bool = False
    table_context_size: ContextSize = 0
    image_context_size: ContextSize = 0
    toc_extraction: bool = False
    enable_metadata: bool | None = None
    metadata: MetadataFields | None = None
    topn_tags: Annotated[int, Field(ge=1, le=10)] = 3
    tag_kb_ids: Texts = Field(default_factory=list)
    filename_embd_weight: Fraction | None = None
    filename_bonus: Fraction | None = None
    task_page_size: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    pages: PageRanges | None = None
    language: Annotated[StorableText, AfterValidator(known_language)] | None = None
    entity_types: Texts = Field(default_factory=list)
    parent_child: ParentChild = ParentChild()
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


def options_of(config: ParserConfig | None, *, said: bool) -> dict[str, Any] | Unset:
    """Return what an update says of the options, if it does (`said`); null stands for nothing."""
    if not said:
        return UNSET
    return config.given() if config else {}
