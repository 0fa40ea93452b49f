"""Documents on the console's pages, which have names of their own for what a document has."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import Ids, NullFreeRequest, StorableText, Unbuilt
from api.schemas.console.options import KeptOptions
from api.schemas.console.requests import ConsoleRequest, KbListQuery
from api.schemas.console.source import source_of
from api.schemas.file_name import FileName
from api.schemas.listing import names_in
from api.schemas.metadata import MAX_META_FIELDS, form_metadata
from api.schemas.parser_config import checked_method
from api.schemas.run_states import NUMBERS, Runs
from api.schemas.times import Dates, dates, http_date
from api.schemas.unread import unread
from api.services.library.records import DocumentCounts, DocumentPage, DocumentRecord
from api.services.library.values import DocumentChange, DocumentFilter
from api.services.unset import UNSET

ORDERS = {
    **{name: name for name in ("create_time", "update_time", "name", "size", "type", "suffix")},
    **{name: name for name in ("run", "progress", "process_begin_at", "process_duration")},
    "chunk_num": "chunk_count",
    "token_num": "token_count",
}
START, STOP = "1", "2"
"""The numbers of the states into which a run is to get."""

Milliseconds = Annotated[int, Field(ge=0, lt=2**62)]


def as_list(value: object) -> object:
    """Return a single text as a list of it; the rest as it is."""
    return [value] if isinstance(value, str) else value


def as_text(value: object) -> object:
    """Return a number as text; the rest as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def metadata_of(meta: object) -> dict[str, object]:
    """Return the metadata that a text holds; raises ArgumentError."""
    if not isinstance(meta, str):
        raise ArgumentError("`meta` must be the text of a JSON object.")
    return form_metadata(meta)


OneOrMany = Annotated[Ids, BeforeValidator(as_list)]
Digit = BeforeValidator(as_text)


class DocumentFilters(NullFreeRequest):
    """Which documents to list, by what they are and by the number of their state."""

    run_status: Runs = Field(default=[])
    types: list[StorableText] = Field(default=[], max_length=100)
    suffix: list[StorableText] = Field(default=[], max_length=100)


class DocumentsQuery(KbListQuery):
    """Which documents of a dataset to list."""

    orders = ORDERS

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a row shows."""
        return names_in(ListedDocument)

    create_time_from: Milliseconds = 0
    create_time_to: Milliseconds = 0

    def wanted(self, body: DocumentFilters) -> DocumentFilter:
        """Return which documents are asked for."""
        return DocumentFilter(
            keywords=self.keywords.strip(),
            created_from=self.create_time_from,
            created_to=self.create_time_to,
            suffixes=body.suffix,
            types=body.types,
            runs=body.run_status,
        )


class CountRequest(DocumentFilters):
    """Which documents of a dataset to count."""

    kb_id: str = Field("", validate_default=True)
    keywords: StorableText = ""

    @field_validator("kb_id")
    @classmethod
    def required(cls, kb_id: str) -> str:
        """Refuse to count what is in no dataset."""
        if not kb_id:
            raise ArgumentError('Lack of "KB ID"')
        return kb_id

    def wanted(self) -> DocumentFilter:
        """Return which documents are asked for."""
        return DocumentFilter(
            keywords=self.keywords.strip(),
            suffixes=self.suffix,
            types=self.types,
            runs=self.run_status,
        )


class EmptyDocument(ConsoleRequest):
    """A document to make that has no file."""

    name: FileName
    kb_id: str


class DocIds(ConsoleRequest):
    """Which documents."""

    doc_ids: Ids


class DocIdOrIds(ConsoleRequest):
    """Which document, or which ones."""

    doc_id: OneOrMany


class StatusChange(DocIds):
    """Whether searches are to find documents."""

    status: Annotated[Literal["0", "1"], Digit]


class RunChange(DocIds):
    """Which documents to parse, or to parse no more; `delete` drops all their chunks first."""

    run: Annotated[Literal["1", "2"], Digit]
    delete: bool = False


class NameChange(ConsoleRequest):
    """Another name for a document."""

    doc_id: str
    name: FileName

    def change(self) -> DocumentChange:
        """Return what to change."""
        return DocumentChange(name=self.name)


class ParserChange(ConsoleRequest):
    """How a document is to be parsed from now on."""

    doc_id: str
    parser_id: str
    pipeline_id: Unbuilt = ""
    parser_config: KeptOptions | None = None

    @field_validator("parser_id")
    @classmethod
    def known_method(cls, method: str) -> str:
        """Refuse a chunk method that is not known, or not built."""
        checked_method(method, "parser_id")
        return method

    def change(self) -> DocumentChange:
        """Return what to change."""
        options = self.parser_config.given() if self.parser_config else UNSET
        return DocumentChange(chunk_method=self.parser_id, options=options)


class MetaChange(ConsoleRequest):
    """Metadata of a document, as the text of a JSON object."""

    doc_id: str
    meta: Annotated[
        dict[str, object],
        Field(max_length=MAX_META_FIELDS),
        BeforeValidator(metadata_of, json_schema_input_type=str),
    ]

    def change(self) -> DocumentChange:
        """Return what to change."""
        return DocumentChange(meta_fields=self.meta)


class DocumentAnswer(Dates):
    """A document; `run` is the number of a state, `status` "1" where searches find it."""

    id: str
    kb_id: str
    created_by: str
    name: str
    location: str
    suffix: str
    type: str
    source_type: str
    size: int
    thumbnail: str
    parser_id: str
    parser_config: dict[str, object]
    pipeline_id: str
    pipeline_name: str
    meta_fields: dict[str, object]
    chunk_num: int
    token_num: int
    run: str
    status: str
    progress: float
    progress_msg: str
    process_begin_at: str | None
    process_duration: float


class ListedDocument(DocumentAnswer):
    """A document with the name of the user who has made it."""

    nickname: str


class DocumentsAnswer(TypedDict):
    """A page of documents."""

    docs: list[ListedDocument]
    total: int


class CountsBy(TypedDict):
    """How many documents there are of each suffix, and in each state."""

    suffix: dict[str, int]
    run_status: dict[str, int]


class CountsAnswer(TypedDict):
    """By what documents can be filtered, and how many they are in all."""

    filter: CountsBy
    total: int


class StatusAnswer(TypedDict):
    """Whether searches find a document."""

    status: str


def present_document(document: DocumentRecord) -> DocumentAnswer:
    """Return a document as it goes out."""
    begun = document.process_begin_at
    return {
        "id": document.id,
        "kb_id": document.dataset_id,
        "created_by": document.created_by,
        "name": document.name,
        "location": document.name,
        "suffix": document.suffix,
        "type": document.type,
        "source_type": source_of(document),
        "size": document.size,
        "thumbnail": "",
        "parser_id": document.chunk_method,
        "parser_config": unread(document.parser_config),
        "pipeline_id": "",
        "pipeline_name": "",
        "meta_fields": unread(document.meta_fields),
        "chunk_num": document.chunk_count,
        "token_num": document.token_count,
        "run": NUMBERS[document.run],
        "status": status_of(document),
        "progress": document.progress,
        "progress_msg": document.progress_msg,
        "process_begin_at": http_date(begun) if begun else None,
        "process_duration": document.process_duration,
        **dates(document.create_time, document.update_time),
    }


def status_of(document: DocumentRecord) -> str:
    """Return whether searches find a document."""
    return "1" if document.enabled else "0"


def present_documents(page: DocumentPage, query: DocumentsQuery) -> DocumentsAnswer:
    """Return a page of documents as it goes out."""
    names = {user_id: person.nickname for user_id, person in page.people.items()}
    rows: list[ListedDocument] = [
        {**present_document(document), "nickname": names.get(document.created_by, "")}
        for document in page.documents
    ]
    return {"docs": query.chosen(rows), "total": page.total}


def present_counts(counts: DocumentCounts) -> CountsAnswer:
    """Return by what documents can be filtered."""
    runs = {NUMBERS[state]: count for state, count in counts.by_run.items()}
    return {
        "filter": {"suffix": dict(counts.by_suffix), "run_status": runs},
        "total": counts.total,
    }


def present_statuses(documents: list[DocumentRecord]) -> dict[str, StatusAnswer]:
    """Return which documents searches find, by id."""
    return {document.id: {"status": status_of(document)} for document in documents}


def present_ids(documents: list[DocumentRecord]) -> list[str]:
    """Return the ids of documents."""
    return [document.id for document in documents]
