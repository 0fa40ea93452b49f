"""What the services of assistants return."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from api.services.accounts.grant_records import Level
from api.services.accounts.records import Principal
from api.services.library.records import TEAM
from api.services.search.values import NO_STEPS, Steps
from rag.engines.base import DocumentCount
from rag.engines.defaults import THRESHOLD, TOP_K, VECTOR_WEIGHT
from rag.llm.base import Delta, Usage

NO_USAGE = Usage()
NO_OPTIONS: Mapping[str, object] = MappingProxyType({})


class Variable(NamedTuple):
    """A `{key}` in a prompt that a question fills in; `knowledge` is filled with passages."""

    key: str
    optional: bool = False


class Generation(NamedTuple):
    """Which model answers, empty for the tenant's default, and how it is to answer.

    `others` are kept as they were given and have no effect.
    """

    model_name: str = ""
    temperature: float = 0.1
    top_p: float = 0.3
    presence_penalty: float = 0.4
    frequency_penalty: float = 0.7
    max_tokens: int = 512
    others: Mapping[str, object] = NO_OPTIONS


def generation_values(generation: Generation) -> dict[str, object]:
    """Return how a model is to answer by name, with what is kept beside it."""
    values = generation._asdict()
    return {**values.pop("others"), **values}


class Prompting(NamedTuple):
    """What an assistant tells the model and the asker.

    `empty_response` answers, where it is not blank, when nothing is found. Of `options`, which are
    kept as they were given, `steps_of`, `is_refined`, `context_of` and `filter_of` read some.
    """

    text: str
    opener: str
    variables: tuple[Variable, ...] = (Variable("knowledge"),)
    empty_response: str | None = None
    show_quote: bool = True
    options: Mapping[str, object] = NO_OPTIONS


def filter_of(prompting: Prompting) -> Mapping[str, Any]:
    """Return by what an assistant filters documents; empty where it does not."""
    kept = prompting.options.get("meta_data_filter")
    return kept if isinstance(kept, dict) else NO_OPTIONS


def steps_of(prompting: Prompting) -> Steps:
    """Return what a model is to do with a question, apart from its conversation."""
    languages = prompting.options.get("cross_languages")
    return Steps(
        keyword=prompting.options.get("keyword") is True,
        languages=tuple(map(str, languages)) if isinstance(languages, list | tuple) else (),
    )


def is_refined(prompting: Prompting) -> bool:
    """Return whether a question is put into the context of its conversation."""
    return prompting.options.get("refine_multiturn") is True


def context_of(prompting: Prompting) -> int:
    """Return how many chunks come along before and after each passage."""
    count = prompting.options.get("context")
    return count if isinstance(count, int) else 0


class AssistantRecord(NamedTuple):
    """What an assistant needs to answer; `reranker` names a rerank model, if one is to rank.

    `reader` is by whose rights its datasets are read; None for those of who asks.
    """

    id: str
    tenant_id: str
    dataset_ids: tuple[str, ...]
    generation: Generation
    prompting: Prompting
    threshold: float
    vector_weight: float
    top_n: int
    top_k: int
    reranker: str
    reader: Principal | None = None

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return False


class ChatRecord(NamedTuple):
    """An assistant as it is stored; times in ms since the epoch."""

    id: str
    tenant_id: str
    name: str
    avatar: str
    description: str
    language: str
    dataset_ids: tuple[str, ...]
    generation: Generation
    prompting: Prompting
    threshold: float
    vector_weight: float
    top_n: int
    top_k: int
    reranker: str
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return False


class LinkedDataset(NamedTuple):
    """A dataset that an assistant reads, or is to read."""

    id: str
    tenant_id: str
    permission: str
    name: str
    avatar: str
    description: str
    embedding_model: str
    chunk_count: int
    vector_weight: float

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return self.permission == TEAM


@dataclass(frozen=True, slots=True)
class ShownChat:
    """An assistant, its datasets that one may read, its model, and `level` if it is another's."""

    chat: ChatRecord
    datasets: tuple[LinkedDataset, ...]
    model_name: str
    level: Level | None


@dataclass(frozen=True, slots=True)
class ChatList:
    """A page of assistants, and how many there are in all."""

    chats: Sequence[ShownChat]
    total: int


class SessionRecord(NamedTuple):
    """A conversation with an assistant; times in ms since the epoch."""

    id: str
    tenant_id: str
    chat_id: str
    name: str
    user_id: str
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return False


class OtherPlace(NamedTuple):
    """Where else the words of a passage stand."""

    id: str
    document_id: str
    document_name: str
    document_path: str
    dataset_id: str


class Passage(NamedTuple):
    """A passage that an answer may cite, as it was when the answer was made.

    A position is `[page, left, right, top, bottom]`.
    """

    id: str
    content: str
    document_id: str
    document_name: str
    document_path: str
    duplicates: tuple[OtherPlace, ...]
    dataset_id: str
    image_id: str
    positions: list[list[int]]
    similarity: float
    vector_similarity: float
    term_similarity: float
    headings: list[str]

    @property
    def page(self) -> int:
        """Return the page that it is on; 0 where there are none."""
        return self.positions[0][0] if self.positions else 0


class MessageRecord(NamedTuple):
    """What was said in a session; the opener has place 0, answers the even ones after it.

    `message_id` is what the client calls a question, `document_ids` are what it is about; `rating`
    is 1 for an answer that somebody found good, -1 for a bad one, else 0, and `feedback` what they
    said of it.
    """

    session_id: str
    ordinal: int
    role: str
    content: str
    passages: tuple[Passage, ...]
    id: str = ""
    message_id: str = ""
    rating: int = 0
    feedback: str = ""
    document_ids: tuple[str, ...] = ()


class JudgedAnswer(NamedTuple):
    """An answer that somebody has judged, with its question; `update_time` is when, in ms."""

    session_id: str
    message_id: str
    question: str
    answer: str
    rating: int
    feedback: str
    update_time: int


class SaidRecord(NamedTuple):
    """What was said in a session, as a model is told it."""

    ordinal: int
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A session with its messages in order."""

    session: SessionRecord
    messages: tuple[MessageRecord, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a search for an answer found; a marker `[ID:i]` is an index into `passages`.

    `total` and `documents` count all that survived, as those of a search do.
    """

    total: int
    passages: tuple[Passage, ...]
    documents: tuple[DocumentCount, ...]


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """A whole answer; `sources` is None where the assistant does not show what it draws on.

    `session_id` is empty where no session remembers it, `message_id` None of a greeting, too.
    """

    text: str
    reasoning: str = ""
    prompt: str = ""
    sources: Sources | None = None
    usage: Usage = NO_USAGE
    session_id: str = ""
    message_id: str | None = None


Parts = Generator[Delta | AnswerRecord]
"""An answer piece by piece as it is made, last the whole of it; closing it ends the making."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer within a session that is about to be made; a greeting has no `message_id`."""

    session_id: str
    message_id: str | None
    parts: Parts


class SearchSettings(NamedTuple):
    """How a search app searches its datasets, and what it shows beside what it finds.

    `reranker` names a rerank model, if one is to rank. `summary` is an answer by the model of
    `generation`, `related` further questions, `mind_map` an outline of the passages.
    `meta_filter` is by what documents are filtered, `steps` what a model does with questions.
    """

    dataset_ids: tuple[str, ...] = ()
    threshold: float = THRESHOLD
    vector_weight: float = VECTOR_WEIGHT
    top_k: int = TOP_K
    reranker: str = ""
    generation: Generation = Generation()
    summary: bool = False
    related: bool = False
    mind_map: bool = False
    meta_filter: Mapping[str, Any] = NO_OPTIONS
    steps: Steps = NO_STEPS


class SearchAppRecord(NamedTuple):
    """A page that searches some datasets; times in ms since the epoch."""

    id: str
    tenant_id: str
    created_by: str
    name: str
    avatar: str
    description: str
    settings: SearchSettings
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return False


@dataclass(frozen=True, slots=True)
class SearchAppList:
    """A page of search apps, and how many there are in all."""

    apps: Sequence[SearchAppRecord]
    total: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A point of an outline, with what stands below it."""

    text: str
    below: tuple["Outline", ...] = ()


OCTETS_A_TOKEN = 4
"""About so many bytes of UTF-8 a token has: of letters 4, and of Chinese 3 to 5."""


class DayOfUse(NamedTuple):
    """What happened on a day with a tenant's assistants; `day` is its beginning in ms, in UTC.

    `octets` are the bytes of answers in UTF-8, `waited` the ms from their questions to their ends.
    """

    day: int
    sessions: int
    askers: int
    questions: int
    praised: int
    octets: int
    waited: int

    @property
    def tokens(self) -> int:
        """Return about how many tokens the answers have."""
        return self.octets // OCTETS_A_TOKEN

    @property
    def speed(self) -> float:
        """Return how many tokens a second came; 0 where there was no answer, or no time."""
        return self.tokens * 1000 / self.waited if self.waited else 0.0
