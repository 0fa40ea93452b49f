"""What searching returns, and what it knows of datasets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from api.services.library.records import TEAM
from rag.engines.base import Hit, SearchResult


class SearchableDataset(NamedTuple):
    """What a search must know of a dataset."""

    id: str
    tenant_id: str
    permission: str
    embedding_model: str
    pagerank: int
    name_weight: float

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return self.permission == TEAM


class Matched(NamedTuple):
    """A term of a question that a passage holds: how often, and what the term weighs in all."""

    term: str
    times: int
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why hits are hits: the weights of the sum, and the terms that each of them holds.

    A similarity is `vector_weight` times that of the vector, and the rest of 1 times that of the
    terms, and the rank of the dataset. `terms` are those of the question that occur at all, with
    what each weighs, together 1. `below` are the first passages under the threshold, if any.
    """

    vector_weight: float
    threshold: float
    terms: Mapping[str, float]
    matched: tuple[tuple[Matched, ...], ...]
    below: tuple[Hit, ...]
    below_matched: tuple[tuple[Matched, ...], ...]


@dataclass(frozen=True, slots=True)
class Refined:
    """What became of a question: as it stands alone, with keywords and translations.

    `remarks` say which steps failed, and why.
    """

    question: str
    keywords: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return all that is searched for, a line each."""
        return "\n".join((self.question, *self.translations, " ".join(self.keywords))).strip()


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; where it was asked for, with a text for each hit in its order.

    `highlights` are the contents with `<em>` around the words of the question, `tokens` the tokens
    of the contents, joined by spaces. `refined` is what a model made of the question, if it was to;
    with `has_context` hits have what stands around them.
    """

    result: SearchResult
    highlights: tuple[str, ...] | None = None
    tokens: tuple[str, ...] | None = None
    explanation: Explanation | None = None
    refined: Refined | None = None
    has_context: bool = False


class Place(NamedTuple):
    """Where the file of a document was, if that is known, and whether its chunks have parents."""

    path: str = ""
    has_parents: bool = False


class FileFacts(NamedTuple):
    """What is told of a document whose passage was found; `meta_fields` is JSON."""

    id: str
    file_id: str
    name: str
    meta_fields: str


class Source(NamedTuple):
    """A passage as those see it who know files: which one, what is noted of it, and the text.

    `file_id` is that of the file that the passage's document was made of, or of the document.
    `page` is 0 where there are none.
    """

    file_id: str
    document_id: str
    page: int
    name: str
    score: float
    attributes: Mapping[str, object]
    text: str
    dataset_id: str = ""
    chunk_id: str = ""
