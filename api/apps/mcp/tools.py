"""The tools of MCP: each checks what it is given, asks a service, and presents what it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from api.errors import ArgumentError, NotFoundError
from api.http.context import services
from api.http.requests import validated
from api.schemas.mcp import results
from api.schemas.mcp.arguments import (
    DatasetsArguments,
    DocumentArguments,
    DocumentsArguments,
    QuestionArguments,
    SearchArguments,
)
from api.schemas.mcp.inlining import schema_of
from api.services.accounts.records import Principal
from api.services.chats.values import ChatFilter, Inquiry
from api.services.library.values import ChunkFilter, DatasetFilter, DocumentFilter, Page
from api.services.search.values import Search
from api.things import Kind

A = TypeVar("A", bound=BaseModel)

MOST_DATASETS = 1000
"""How many datasets are searched where none are named."""

CHUNKS_A_PART = 50


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """A tool: what clients are told of it, and what it does for whom.

    One that is slow waits for a chat model.
    """

    title: str
    description: str
    arguments: type[A]
    output: type
    run: Callable[[Principal, A], Mapping[str, Any]]
    is_slow: bool = False

    def call(self, asker: Principal, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call the tool; raises ArgumentError naming what is wrong with the arguments."""
        return self.run(asker, validated(self.arguments, given))

    def present(self, name: str) -> dict[str, object]:
        """Return what clients are told."""
        return {
            "name": name,
            "title": self.title,
            "description": self.description,
            "inputSchema": schema_of(self.arguments),
            "outputSchema": schema_of(self.output),
            "annotations": {"title": self.title, "readOnlyHint": True, "openWorldHint": False},
        }


def search(asker: Principal, given: SearchArguments) -> results.SearchOutput:
    """Search datasets, all that the asker may read if none are named."""
    datasets = services().library.datasets
    ids = [dataset_named(asker, name) for name in given.datasets]
    ids = ids or datasets.filled_ids(asker, MOST_DATASETS)
    if not ids:
        raise ArgumentError("There is no dataset to search yet: make one and add documents.")
    wanted = Search(
        given.question,
        tuple(dict.fromkeys(ids)),
        limit=given.limit,
        document_ids=tuple(given.document_ids),
    )
    return results.present_search(services().search.retrieval.search(asker, wanted))


def list_datasets(asker: Principal, given: DatasetsArguments) -> results.DatasetsOutput:
    """List datasets, newest first."""
    found, total = services().library.datasets.list_page(
        asker, DatasetFilter(), newest(given.page, given.page_size)
    )
    return results.present_datasets(found, total, given.page)


def list_documents(asker: Principal, given: DocumentsArguments) -> results.DocumentsOutput:
    """List the documents of a dataset, newest first."""
    page = services().library.documents.list_page(
        asker,
        dataset_named(asker, given.dataset),
        DocumentFilter(keywords=given.keywords),
        newest(given.page, given.page_size),
    )
    return results.present_documents(page.documents, page.total, given.page)


def read_document(asker: Principal, given: DocumentArguments) -> results.DocumentOutput:
    """Return a part of the text of a document."""
    return part_of(asker, given.document_id, given.part)


def ask(asker: Principal, given: QuestionArguments) -> results.AnswerOutput:
    """Ask an assistant; nothing of it is stored."""
    chat_id = assistant_named(asker, given.assistant)
    answer = services().chats.exchanges.answer(asker, chat_id, Inquiry(given.question))
    return results.present_answer(answer)


def part_of(asker: Principal, document_id: str, part: int) -> results.DocumentOutput:
    """Return a part of the text of a document, wherever the document is."""
    place = services().library.documents.locate(asker, document_id)
    wanted = ChunkFilter(limit=CHUNKS_A_PART, offset=(part - 1) * CHUNKS_A_PART)
    reader = services().library.chunk_reader
    page = reader.list_page(asker, place.dataset_id, document_id, wanted)
    return results.present_text(page, part, CHUNKS_A_PART)


def newest(page: int, size: int) -> Page:
    """Return a page of a list, newest first."""
    return Page("create_time", descending=True, limit=size, offset=(page - 1) * size)


def dataset_named(asker: Principal, name: str) -> str:
    """Return the id of a dataset that is named, or is given by its id."""
    datasets = services().library.datasets
    for wanted in (DatasetFilter(name=name), DatasetFilter(id=name)):
        try:
            found, _ = datasets.list_page(asker, wanted, newest(1, 1))
        except NotFoundError:
            continue
        return found[0].id
    raise NotFoundError(Kind.DATASET, name)


def assistant_named(asker: Principal, name: str) -> str:
    """Return the id of an assistant that is named, or given by its id, or the only one."""
    chats = services().chats.chats
    if not name:
        found = chats.list_page(asker, ChatFilter(), newest(1, 2))
        if len(found) != 1:
            raise ArgumentError(
                "Name an assistant: there are several."
                if found
                else "There is no assistant yet: make one first, or use the tool `search`."
            )
        return found[0].chat.id
    return chats.named(asker, name)


TOOLS: Mapping[str, Tool[Any]] = {
    "search": Tool(
        "Search documents",
        "Find the passages of the documents that fit a question, by words and by meaning, best"
        " first. Cite passages by `citation`. Searches all datasets unless some are named.",
        SearchArguments,
        results.SearchOutput,
        search,
    ),
    "list_datasets": Tool(
        "List datasets",
        "List the datasets, which hold documents about one subject each.",
        DatasetsArguments,
        results.DatasetsOutput,
        list_datasets,
    ),
    "list_documents": Tool(
        "List documents",
        "List the documents of a dataset, or those whose names hold some words.",
        DocumentsArguments,
        results.DocumentsOutput,
        list_documents,
    ),
    "read_document": Tool(
        "Read a document",
        "Read the text of a document. Long ones have several parts: read one after the other.",
        DocumentArguments,
        results.DocumentOutput,
        read_document,
    ),
    "ask": Tool(
        "Ask an assistant",
        "Ask an assistant that answers from its own documents, and cites them by markers such as"
        " [ID:0].",
        QuestionArguments,
        results.AnswerOutput,
        ask,
        is_slow=True,
    ),
}
