"""The passages of pages that fit a question best, found as those of datasets are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.config.settings import RetrievalSettings
from api.execution import Execution
from api.services.accounts.records import Principal
from api.services.models.embedding import Embedders
from api.services.stores.knowledge_records import GatheredFile, Passage
from api.services.web_search.pages import ReadPage
from rag.engines.base import ChunkStore, Hit
from rag.engines.registry import open_chunk_store
from rag.llm.base import Embedder
from rag.llm.turns import embedded
from rag.passages import embedding_text, passage_text
from rag.retrieval.retriever import RetrievalOptions, Retriever
from rag.tokenizing.tokens import index_tokens
from rag.types import Chunk, ChunkDraft, DocumentFacts

MODEL = "wordllama@Builtin"
"""The bundled model: it embeds hundreds of passages in milliseconds, and none leaves the server.

They are compared with each other alone, and no dataset has them.
"""

DATASET = "0" * 32

WHOLE = 100_000
"""Characters of pages that are told whole, as of files; what is longer is searched instead."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: so many passages, not less similar than `threshold`."""

    limit: int
    threshold: float


class PassageService:
    """Chooses passages by a chunk store in memory, which is gone with the question."""

    def __init__(
        self,
        embedders: Embedders,
        settings: Callable[[], RetrievalSettings],
        execution: Execution,
    ) -> None:
        """Initialize with the parts."""
        self.embedders = embedders
        self.settings = settings
        self.execution = execution

    def choose(
        self, asker: Principal, question: str, pages: Sequence[ReadPage], wish: Wish
    ) -> tuple[GatheredFile, ...]:
        """Return the pages with the passages that are chosen, the best page first.

        What an engine says of a page that cannot be read is chosen whatever it says.
        """
        embedder = self.embedders.embedder(asker.tenant_id, MODEL)
        store = open_chunk_store("memory://", index_tokens)
        count = sum(self.put(store, embedder, at, page) for at, page in enumerate(pages))
        options = RetrievalOptions(
            vector_weight=embedder.card.weight(self.settings().vector_similarity_weight),
            threshold=0.0,
            limit=max(count, 1),
        )
        retriever = Retriever(store, self.execution.offload)
        hits = retriever.retrieve(question, [DATASET], embedder, options).hits
        chosen = [hit for hit in hits if hit.similarity >= wish.threshold][: wish.limit]
        return tuple(by_page(pages, [*chosen, *unread(pages, hits, chosen)]))

    def put(self, store: ChunkStore, embedder: Embedder, at: int, page: ReadPage) -> int:
        """Let the passages of a page be found; return how many they are."""
        facts = DocumentFacts(document_id(at), DATASET, page.found.title)
        chunks = [chunk_of(facts.id, place, draft) for place, draft in enumerate(drafts_of(page))]
        texts = [embedding_text((), one.headings, one.content) for one in chunks]
        if texts:
            vectors = embedded(embedder, self.execution.offload, texts).vectors
            self.execution.offload(store.put, facts, chunks, vectors)
        return len(chunks)


def whole(pages: Sequence[ReadPage]) -> tuple[tuple[GatheredFile, ...], list[ReadPage]]:
    """Return the pages that are told whole, and those that have no room beside them."""
    told: list[GatheredFile] = []
    rest: list[ReadPage] = []
    room = WHOLE
    for page in pages:
        said = (passage_text(one.headings, one.content) for one in drafts_of(page))
        text = "\n\n".join(said)
        if not text or len(text) > room:
            rest.append(page)
            continue
        room -= len(text)
        found = page.found
        told.append(GatheredFile("", found.title, "", (Passage(text, 1.0, 0),), url=found.url))
    return tuple(told), rest


def drafts_of(page: ReadPage) -> Sequence[ChunkDraft]:
    """Return what a page says, or else what the engine says of it."""
    said = page.found.snippet
    return page.chunks or ([ChunkDraft(said)] if said else [])


def document_id(at: int) -> str:
    """Return the id that a page has in the chunk store, by its place."""
    return f"{at:032x}"


def chunk_of(document: str, place: int, draft: ChunkDraft) -> Chunk:
    """Return a passage of a page."""
    return Chunk(
        f"{document[16:]}{place:016x}",
        document,
        DATASET,
        draft.content,
        place,
        positions=draft.positions,
        headings=draft.headings,
    )


def unread(pages: Sequence[ReadPage], hits: Sequence[Hit], chosen: Sequence[Hit]) -> Iterator[Hit]:
    """Yield what is said of pages that could not be read, where it is not chosen already."""
    alone = {document_id(at) for at, page in enumerate(pages) if not page.chunks}
    alone -= {hit.chunk.document_id for hit in chosen}
    yield from (hit for hit in hits if hit.chunk.document_id in alone)


def by_page(pages: Sequence[ReadPage], hits: Sequence[Hit]) -> Iterator[GatheredFile]:
    """Yield pages with their passages, in the order in which these come first."""
    places: Mapping[str, int] = {document_id(at): at for at in range(len(pages))}
    found: dict[str, list[Passage]] = {}
    for hit in hits:
        found.setdefault(hit.chunk.document_id, []).append(passage_of(hit))
    for document, passages in found.items():
        page = pages[places[document]].found
        yield GatheredFile("", page.title, "", tuple(passages), url=page.url)


def passage_of(hit: Hit) -> Passage:
    """Return a passage as models are told it."""
    chunk = hit.chunk
    page = chunk.positions[0].page if chunk.positions else 0
    return Passage(passage_text(chunk.headings, chunk.content), hit.similarity, page)
