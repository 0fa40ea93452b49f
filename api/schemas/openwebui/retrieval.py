"""Questions to collections, and texts and pages of the web that are to be collections."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import ArgumentError, NotBuiltError
from api.fetching.engines.base import Found
from api.schemas.base import LenientFlag, NullFreeRequest, Request, StorableText
from api.schemas.openwebui.file import (
    COLLECTION,
    FileAnswer,
    present_whole_file,
)
from api.schemas.web_page import MOST_ADDRESS
from api.services.search.records import Source
from api.services.stores.knowledge_records import KeptFile
from api.services.stores.passages import MOST_PASSAGES, Wish
from api.services.stores.references import Reference, kept_id, of_collection, shown_id
from api.services.web_search.web_search import LONGEST_QUERY

USUAL_PASSAGES = 3
MOST_QUERIES = 5
MOST_COLLECTIONS = 100
MOST_QUESTION = 20_000


class Asking(NullFreeRequest):
    """How to search. `k_reranker` and `enable_enriched_texts` are taken and have no effect."""

    query: StorableText = Field(min_length=1, max_length=MOST_QUESTION)
    k: int = Field(USUAL_PASSAGES, ge=1, le=MOST_PASSAGES)
    k_reranker: int = Field(USUAL_PASSAGES, ge=1)
    r: float = Field(0.0, ge=0, le=1)
    hybrid: bool = True
    hybrid_bm25_weight: float | None = Field(None, ge=0, le=1)
    enable_enriched_texts: bool = False

    def wish(self) -> Wish:
        """Return how to search: without `hybrid` by vectors alone."""
        words = self.hybrid_bm25_weight if self.hybrid else 0.0
        return Wish(self.k, self.r, None if words is None else 1 - words)


class DocumentQuestion(Asking):
    """A question to a collection."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"collection_name": "file-x", "query": "When is it lit?"}]}
    )

    collection_name: str = Field(min_length=1, max_length=255)

    def references(self) -> list[Reference]:
        """Return what is asked."""
        return [of_collection(self.collection_name)]


class CollectionQuestion(Asking):
    """A question to several collections."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"collection_names": ["x"], "query": "When is it lit?"}]}
    )

    collection_names: list[str] = Field(max_length=MOST_COLLECTIONS)

    def references(self) -> list[Reference]:
        """Return what is asked."""
        return [of_collection(name) for name in dict.fromkeys(self.collection_names)]


class PlainQuestion(Request):
    """A question to a collection, by its name or as that of a knowledge base."""

    q: StorableText = Field("", max_length=MOST_QUESTION)
    query: StorableText = Field("", max_length=MOST_QUESTION)
    collection: str = Field("", max_length=255)
    knowledge_id: str = Field("", max_length=255)
    k: int = Field(USUAL_PASSAGES, ge=1, le=MOST_PASSAGES)

    def question(self) -> str:
        """Return the question; raises ArgumentError for none."""
        found = self.query or self.q
        if not found:
            raise ArgumentError("query: give a question.")
        return found

    def references(self) -> list[Reference]:
        """Return what is asked; raises ArgumentError for nothing."""
        found = self.collection or self.knowledge_id
        if not found:
            raise ArgumentError("collection: give the name of a collection.")
        return [of_collection(found)]


class ToCollection(NullFreeRequest):
    """Where something is to be found from now on: in a knowledge base, or by itself."""

    collection_name: str = Field("", max_length=255)

    def dataset_id(self) -> str:
        """Return the id of the knowledge base; empty for none."""
        return kept_id(self.collection_name)


class TextRequest(ToCollection):
    """A text that is to be found."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "note", "content": "It is lit at dusk."}]}
    )

    name: StorableText = Field(min_length=1, max_length=200)
    content: StorableText = Field(min_length=1)


class PageRequest(ToCollection):
    """A page of the web that is to be found."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://example.org/"}]})

    url: StorableText = Field(min_length=1, max_length=MOST_ADDRESS)


class WebQuestions(NullFreeRequest):
    """Questions to a search engine."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"queries": ["lighthouses"]}]})

    queries: list[Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY)]] = Field(
        min_length=1, max_length=MOST_QUERIES
    )


class FileToRead(ToCollection):
    """A file that is to be found."""

    file_id: str = Field(min_length=1, max_length=64)
    content: Any = None

    def id(self) -> str:
        """Return the id as it is kept; raises NotBuiltError for another text of the file."""
        if self.content is not None:
            raise NotBuiltError("Another text of a file (`content`)")
        return kept_id(self.file_id)

    def dataset_id(self) -> str:
        """Return the id of the knowledge base; empty for none."""
        is_own = self.collection_name == f"{COLLECTION}{self.file_id}"
        return "" if is_own else super().dataset_id()


class PageQuery(Request):
    """That a page is read, and in place of what was kept of it; both are always so."""

    process: LenientFlag = True
    overwrite: LenientFlag = True


class MetadataAnswer(TypedDict):
    """What is known of a passage; `page` is 0 where there are none."""

    name: str
    source: str
    file_id: str
    knowledge_id: str
    page: int


class PassagesAnswer(TypedDict):
    """Passages, best first, in a list for the one question; distances are similarities."""

    documents: list[list[str]]
    metadatas: list[list[MetadataAnswer]]
    distances: list[list[float]]


class DocumentPassagesAnswer(PassagesAnswer):
    """Passages with their ids."""

    ids: list[list[str]]


class ReadAnswer(TypedDict):
    """Something that can be found from now on, in which collection, and what it says."""

    status: bool
    collection_name: str
    filename: str
    content: str


class FoundAnswer(TypedDict):
    """A page of the web that was found."""

    link: str
    title: str
    snippet: str


class WebAnswer(TypedDict):
    """Pages of the web that were found, and the collections of those that are kept."""

    status: bool
    collection_names: list[str]
    items: list[FoundAnswer]
    filenames: list[str]
    loaded_count: int


class PageAnswer(ReadAnswer):
    """A page of the web that can be found from now on."""

    type: str
    name: str
    url: str
    file: FileAnswer


def present_passages(found: Sequence[Source]) -> PassagesAnswer:
    """Return passages."""
    return {
        "documents": [[one.text for one in found]],
        "metadatas": [[present_metadata(one) for one in found]],
        "distances": [[round(one.score, 4) for one in found]],
    }


def present_document_passages(found: Sequence[Source]) -> DocumentPassagesAnswer:
    """Return passages with their ids."""
    return {"ids": [[one.chunk_id for one in found]], **present_passages(found)}


def present_metadata(one: Source) -> MetadataAnswer:
    """Return what is known of a passage."""
    return {
        "name": one.name,
        "source": str(one.attributes.get("url") or one.name),
        "file_id": shown_id(one.file_id),
        "knowledge_id": shown_id(one.dataset_id),
        "page": one.page,
    }


def present_read(file: KeptFile, text: str, collection: str) -> ReadAnswer:
    """Return a file that can be found from now on."""
    name = collection or f"{COLLECTION}{shown_id(file.id)}"
    return {"status": True, "collection_name": name, "filename": file.name, "content": text}


def present_page(file: KeptFile, text: str, collection: str, url: str) -> PageAnswer:
    """Return a page of the web that can be found from now on."""
    return {
        **present_read(file, text, collection),
        "type": "url",
        "name": url,
        "url": url,
        "file": present_whole_file(file, text),
    }


def present_found(found: Sequence[Found], kept: Sequence[KeptFile]) -> WebAnswer:
    """Return pages of the web that were found, and those that are kept."""
    return {
        "status": True,
        "collection_names": [f"{COLLECTION}{shown_id(one.id)}" for one in kept],
        "items": [{"link": one.url, "title": one.title, "snippet": one.snippet} for one in found],
        "filenames": [one.name for one in kept],
        "loaded_count": len(kept),
    }
