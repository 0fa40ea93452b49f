"""Documents on the wire: their names, lists, changes and runs."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, Self

import orjson
from pydantic import ConfigDict, Field, StrictBool, field_validator, model_validator
from typing_extensions import TypedDict

from api.db.models.document import ORDERS
from api.errors import ArgumentError, ExtensionError, RuleError
from api.schemas.base import (
    MAX_IDS,
    FilledPageQuery,
    Ids,
    LenientFlag,
    Request,
    StorableText,
    Unbuilt,
    UnbuiltFlag,
)
from api.schemas.listing import OrderedQuery, names_in, shown_as
from api.schemas.metadata import MAX_META_FIELDS, checked_metadata
from api.schemas.parser_config import ParserConfig, checked_method, options_of
from api.schemas.run_states import Runs
from api.schemas.structure import check_structure
from api.schemas.times import Dates, dates, http_date
from api.schemas.unread import unread
from api.services.library.change_records import KnownContent
from api.services.library.names import clean_file_name
from api.services.library.records import (
    DocumentPage,
    DocumentRecord,
)
from api.services.library.values import DocumentChange, DocumentFilter
from api.services.unset import UNSET
from rag.engines.base import MetadataCondition
from rag.quoting import quoted
from rag.retrieval.conditions import InvalidConditionError, read_condition

FIXED = ("chunk_count", "token_count", "progress")
"""What only the server changes; a client may repeat what it was told."""

Milliseconds = Annotated[int, Field(ge=0, lt=2**62)]


class DocumentQuery(OrderedQuery, FilledPageQuery):
    """Which documents of a dataset to list; `run` takes numbers and words."""

    heavy = shown_as("parser_config", "meta_fields", "progress_msg")

    keywords: StorableText = ""
    id: str = ""
    ids: list[StorableText] = Field(default=[], max_length=MAX_IDS)
    name: StorableText = ""
    create_time_from: Milliseconds = 0
    create_time_to: Milliseconds = 0
    suffix: list[StorableText] = Field(default=[], max_length=100)
    run: Runs = Field(default=[])
    metadata_condition: str = ""
    metadata: Unbuilt = ""
    return_empty_metadata: UnbuiltFlag = False
    type: Unbuilt = ""
    types: Unbuilt = ""
    counts: LenientFlag = False

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a document shows."""
        return names_in(DocumentAnswer)

    @field_validator("orderby")
    @classmethod
    def known_order(cls, orderby: str) -> str:
        """Refuse a column that documents cannot be ordered by."""
        if orderby not in ORDERS:
            raise ArgumentError(f"invalid orderby field: {quoted(orderby)}")
        return orderby

    def wanted(self) -> DocumentFilter:
        """Return which documents to list; raises RuleError."""
        return DocumentFilter(
            keywords=self.keywords.strip(),
            id=self.id,
            ids=[item for item in self.ids if item],
            name=self.name,
            created_from=self.create_time_from,
            created_to=self.create_time_to,
            suffixes=[suffix.removeprefix(".").lower() for suffix in self.suffix],
            runs=self.run,
            condition=self.condition(),
            is_counted=self.counts,
        )

    def condition(self) -> MetadataCondition | None:
        """Return the comparisons with metadata, if any; raises RuleError."""
        if not self.metadata_condition:
            return None
        text = self.metadata_condition.encode(errors="replace")
        check_structure(text)
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise RuleError(f"metadata_condition must be valid JSON: {error}") from error
        try:
            return read_condition(value)
        except InvalidConditionError as error:
            raise RuleError(str(error)) from error


class KnownRequest(Request):
    """Contents of which is asked whether they are there, by their SHA-256 in hex."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"content_hashes": ["0" * 64]}]})

    content_hashes: Annotated[
        list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]],
        Field(max_length=MAX_IDS, fail_fast=True),
    ]


class DocumentChangeRequest(Request):
    """What to change of a document.

    A null counts as not given, but resets `parser_config`, and a name cannot be null.
    """

    name: StorableText | None = None
    meta_fields: Annotated[dict[str, Any], Field(max_length=MAX_META_FIELDS)] | None = None
    chunk_method: str | None = None
    parser_config: ParserConfig | None = None
    enabled: Literal[0, 1] | None = None
    discard_edits: StrictBool = False
    chunk_count: Any = None
    token_count: Any = None
    progress: Any = None

    @field_validator("name")
    @classmethod
    def name_fits(cls, name: str | None) -> str:
        """Clean the name as that of an upload is."""
        if name is None:
            raise ArgumentError("`name` must be a text: leave it out to keep the name.")
        if not name.strip():
            raise ExtensionError
        return clean_file_name(name)

    @field_validator("enabled", mode="before")
    @classmethod
    def enabled_is_a_flag(cls, enabled: Any) -> Any:
        """Read true and false as 1 and 0."""
        if enabled is not None and enabled not in (0, 1):
            raise ArgumentError("`enabled` must be 0 or 1.")
        return enabled if enabled is None else int(enabled)

    @field_validator("meta_fields", mode="before")
    @classmethod
    def metadata_fit(cls, fields: Any) -> Any:
        """Refuse what cannot be compared with."""
        return None if fields is None else checked_metadata(fields)

    @field_validator("chunk_method")
    @classmethod
    def known_method(cls, method: str | None) -> str | None:
        """Refuse a chunk method that is not known, or not built."""
        return checked_method(method)

    def change(self) -> DocumentChange:
        """Return what to change."""
        said = "parser_config" in self.model_fields_set
        fixed = {name: getattr(self, name) for name in FIXED}
        return DocumentChange(
            name=UNSET if self.name is None else self.name,
            meta_fields=UNSET if self.meta_fields is None else self.meta_fields,
            enabled=UNSET if self.enabled is None else bool(self.enabled),
            chunk_method=UNSET if self.chunk_method is None else self.chunk_method,
            options=options_of(self.parser_config, said=said),
            discard_edits=self.discard_edits,
            repeated={name: value for name, value in fixed.items() if value is not None},
        )


class DocumentIds(Request):
    """Which documents to stop parsing."""

    document_ids: Ids = Field(default=[])

    @field_validator("document_ids", mode="before")
    @classmethod
    def ids_are_listed(cls, value: Any) -> Any:
        """Refuse a single id where a list belongs."""
        if value is not None and not isinstance(value, list):
            raise RuleError("`document_ids` should be a list")
        return value or []

    @model_validator(mode="after")
    def required(self) -> Self:
        """Refuse to do it to no document."""
        if not self.document_ids:
            raise RuleError("`document_ids` is required")
        return self


class ParseRequest(DocumentIds):
    """Which documents to parse, and whether what people have changed in their chunks may go."""

    discard_edits: StrictBool = False


class DocumentAnswer(Dates):
    """A document; `progress` goes from 0 to 1, and is -1 after a failure."""

    id: str
    dataset_id: str
    created_by: str
    name: str
    suffix: str
    type: str
    source_type: str
    size: int
    content_hash: str
    chunk_method: str
    parser_config: Mapping[str, object]
    meta_fields: Mapping[str, object]
    chunk_count: int
    token_count: int
    run: str
    progress: float
    progress_msg: str
    process_begin_at: str | None
    process_duration: float
    status: str
    location: str
    thumbnail: str
    pipeline_id: str


class DocumentsAnswer(TypedDict):
    """A page of documents; `total` counts those of all pages, `counts` those in each state."""

    total: int
    docs: list[DocumentAnswer]
    counts: NotRequired[Mapping[str, int]]


def present_documents(page: DocumentPage, query: DocumentQuery) -> DocumentsAnswer:
    """Return a page of documents as it goes out."""
    shown = [present_document(item) for item in page.documents]
    answer: DocumentsAnswer = {"total": page.total, "docs": query.chosen(shown)}
    return answer if page.counts is None else {**answer, "counts": page.counts}


class KnownAnswer(TypedDict):
    """A document whose file has one of the contents."""

    content_hash: str
    id: str
    name: str
    run: str


class KnownsAnswer(TypedDict):
    """The documents that have some of the contents."""

    documents: list[KnownAnswer]


def present_known(found: Sequence[KnownContent]) -> KnownsAnswer:
    """Return the documents that have some of the contents."""
    return {
        "documents": [
            {
                "content_hash": known.content_hash,
                "id": known.id,
                "name": known.name,
                "run": known.run,
            }
            for known in found
        ]
    }


def present_document(document: DocumentRecord) -> DocumentAnswer:
    """Return a document as it goes out."""
    begun = document.process_begin_at
    return {
        "id": document.id,
        "dataset_id": document.dataset_id,
        "created_by": document.created_by,
        "name": document.name,
        "suffix": document.suffix,
        "type": document.type,
        "source_type": document.source_type,
        "size": document.size,
        "content_hash": document.content_hash,
        "chunk_method": document.chunk_method,
        "parser_config": unread(document.parser_config),
        "meta_fields": unread(document.meta_fields),
        "chunk_count": document.chunk_count,
        "token_count": document.token_count,
        "run": document.run,
        "progress": document.progress,
        "progress_msg": document.progress_msg,
        "process_begin_at": http_date(begun) if begun else None,
        "process_duration": document.process_duration,
        **dates(document.create_time, document.update_time),
        "status": "1" if document.enabled else "0",
        "location": document.name,
        "thumbnail": "",
        "pipeline_id": "",
    }
