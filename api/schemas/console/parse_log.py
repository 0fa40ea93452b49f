"""Runs of parsing on the console's pages: the newest one of each document."""

from pydantic import Field
from typing_extensions import TypedDict

from api.db.models.states import RunState
from api.schemas.base import NullFreeRequest, StorableText
from api.schemas.console.requests import KbListQuery
from api.schemas.console.source import source_of
from api.schemas.listing import names_in
from api.schemas.run_states import NUMBERS, Runs
from api.schemas.times import Dates, dates, http_date
from api.services.library.records import DocumentCounts, DocumentPage, DocumentRecord
from api.services.library.values import DocumentFilter

ORDERS = {
    "create_time": "process_begin_at",
    "process_begin_at": "process_begin_at",
    "process_duration": "process_duration",
    "update_time": "update_time",
    "document_name": "name",
    "operation_status": "run",
}


class LogFilter(NullFreeRequest):
    """Which runs to list, by the number of their state and by their documents."""

    operation_status: Runs = Field(default=[])
    types: list[StorableText] = Field(default=[], max_length=100)
    suffix: list[StorableText] = Field(default=[], max_length=100)


class LogQuery(KbListQuery):
    """Which part of a dataset's runs."""

    orders = ORDERS

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a row shows."""
        return names_in(LogAnswer)

    def wanted(self, body: LogFilter) -> DocumentFilter:
        """Return which documents' runs are asked for."""
        return DocumentFilter(
            keywords=self.keywords.strip(),
            suffixes=body.suffix,
            types=body.types,
            runs=body.operation_status,
            begun=True,
        )


class LogAnswer(Dates):
    """The newest run of a document, under the id of the document."""

    id: str
    document_id: str
    document_name: str
    document_suffix: str
    document_type: str
    kb_id: str
    source_from: str
    pipeline_id: str
    pipeline_title: str
    parser_id: str
    avatar: None
    task_type: str
    operation_status: str
    progress: float
    progress_msg: str
    process_begin_at: str
    process_duration: float
    dsl: dict[str, object]
    status: str


class LogsAnswer(TypedDict):
    """A page of runs."""

    logs: list[LogAnswer]
    total: int


class RunCounts(TypedDict):
    """In how many documents of a dataset parsing goes on, has succeeded and so on."""

    processing: int
    finished: int
    failed: int
    cancelled: int
    downloaded: int


def present_log(document: DocumentRecord) -> LogAnswer:
    """Return the newest run of a document as it goes out."""
    return {
        "id": document.id,
        "document_id": document.id,
        "document_name": document.name,
        "document_suffix": document.suffix,
        "document_type": document.type,
        "kb_id": document.dataset_id,
        "source_from": source_of(document),
        "pipeline_id": "",
        "pipeline_title": document.chunk_method,
        "parser_id": document.chunk_method,
        "avatar": None,
        "task_type": "Parse",
        "operation_status": NUMBERS[document.run],
        "progress": document.progress,
        "progress_msg": document.progress_msg,
        "process_begin_at": http_date(document.process_begin_at),
        "process_duration": document.process_duration,
        "dsl": {},
        "status": "1",
        **dates(document.process_begin_at, document.update_time),
    }


def present_logs(page: DocumentPage, query: LogQuery) -> LogsAnswer:
    """Return a page of runs as it goes out."""
    rows = query.chosen([present_log(document) for document in page.documents])
    return {"logs": rows, "total": page.total}


def no_logs() -> LogsAnswer:
    """Return a page of runs over whole datasets, which are not built."""
    return {"logs": [], "total": 0}


def present_run_counts(counts: DocumentCounts) -> RunCounts:
    """Return how many documents are in each state; none comes from a data source."""
    runs = counts.by_run
    return {
        "processing": runs.get(RunState.RUNNING, 0),
        "finished": runs.get(RunState.DONE, 0),
        "failed": runs.get(RunState.FAIL, 0),
        "cancelled": runs.get(RunState.CANCEL, 0),
        "downloaded": 0,
    }
