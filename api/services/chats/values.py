"""What the services of assistants take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from api.services.chats.records import ChatRecord, SearchSettings, Variable
from api.services.search.values import Search
from api.services.unset import UNSET, Unset
from rag.engines.base import MetadataCondition
from rag.llm.base import ChatModel
from rag.types import Message

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class GenerationChanges:
    """What is given of the way a model answers; `others` join those that are kept."""

    model_name: str | Unset = UNSET
    temperature: float | Unset = UNSET
    top_p: float | Unset = UNSET
    presence_penalty: float | Unset = UNSET
    frequency_penalty: float | Unset = UNSET
    max_tokens: int | Unset = UNSET
    others: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptingChanges:
    """What is given of an assistant's texts; `options` join those that are kept."""

    text: str | Unset = UNSET
    opener: str | Unset = UNSET
    variables: tuple[Variable, ...] | Unset = UNSET
    empty_response: str | Unset = UNSET
    show_quote: bool | Unset = UNSET
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatChanges:
    """What is given of an assistant; the rest stays, or is a new one's default."""

    name: str | Unset = UNSET
    avatar: str | Unset = UNSET
    description: str | Unset = UNSET
    language: str | Unset = UNSET
    dataset_ids: tuple[str, ...] | Unset = UNSET
    threshold: float | Unset = UNSET
    vector_weight: float | Unset = UNSET
    top_n: int | Unset = UNSET
    top_k: int | Unset = UNSET
    reranker: str | Unset = UNSET
    generation: GenerationChanges = GenerationChanges()
    prompting: PromptingChanges = PromptingChanges()


@dataclass(frozen=True, slots=True)
class ChatFilter:
    """Which assistants to list; an id or name that nothing has is an error, not an empty list."""

    id: str | None = None
    name: str | None = None
    keywords: str = ""
    owner_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions of an assistant to list."""

    id: str | None = None
    name: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody thinks of an answer: 1 for good, -1 for bad, 0 for nothing."""

    rating: int
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class SearchAppChanges:
    """What is given of a search app; `settings` are whole where they are given."""

    name: str | Unset = UNSET
    avatar: str | Unset = UNSET
    description: str | Unset = UNSET
    settings: SearchSettings | Unset = UNSET


@dataclass(frozen=True, slots=True)
class Asking:
    """What a client says of a question beside its text.

    `message_id` is what it calls it: one that it asks again replaces the first time and all since.
    `after` is what it calls the last question before, or the session where it knows of none: all
    since is replaced, too. An answer may draw on `document_ids` alone, where there are any.
    """

    message_id: str = ""
    after: str = ""
    document_ids: tuple[str, ...] = ()


NO_ASKING = Asking()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to datasets, or to those of a search app, which says how they are searched.

    Without `dataset_ids` it goes to those of the app. `document_ids` are the only documents that
    count, where there are any.
    """

    text: str
    dataset_ids: tuple[str, ...] = ()
    app_id: str = ""
    document_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question within a session; without one, a session is started for `user_id`.

    `generation` overrides the assistant's; without `quoting` the answer names no sources.
    `history` is what was said before, where that is not what the session remembers.
    """

    text: str
    session_id: str
    user_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    asking: Asking = NO_ASKING
    generation: GenerationChanges = GenerationChanges()
    history: tuple[Message, ...] | None = None
    quoting: bool = True


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question with what came before it; `generation` overrides the assistant's.

    Without `quoting` the answer names no sources, whatever the assistant does. `document_ids` are
    the only documents that it may draw on, where there are any. `instructions` are told to the
    model behind the assistant's prompt; `stop` and `seed` are for the model as they are. `fills`
    has texts of that prompt, and what stands for them here. `models` finds a model for a tenant by
    its name where it is not to be the plain one; it raises RuleError where there is none.
    """

    question: str
    history: tuple[Message, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    generation: GenerationChanges = GenerationChanges()
    condition: MetadataCondition | None = None
    quoting: bool = True
    document_ids: tuple[str, ...] = ()
    instructions: str = ""
    stop: tuple[str, ...] = ()
    seed: int | None = None
    fills: Mapping[str, str] = field(default_factory=dict)
    models: Callable[[str, str], ChatModel] | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """A question to an assistant, or without one to a model alone.

    It is stored in a session if it `is_kept`: in a new one of `user_id` where none is named.
    `brings_history` tells the model what the inquiry says was said, not what the session remembers.
    """

    inquiry: Inquiry
    chat_id: str = ""
    session_id: str = ""
    user_id: str = ""
    is_kept: bool = True
    brings_history: bool = False


class Reference(NamedTuple):
    """The answer of a response that is kept, as a message of a conversation."""

    response_id: str


@dataclass(frozen=True, slots=True)
class ResponseWanted:
    """A question to an assistant or a model by name, and how to answer it.

    `said` is the conversation after the response `previous_id`, if that is given. `search` says in
    which datasets to look for passages; an assistant looks in its own without it. `request` is kept
    beside the answer as it is.
    """

    model: str
    said: tuple[Message | Reference, ...]
    instructions: str = ""
    previous_id: str = ""
    search: Search | None = None
    generation: GenerationChanges = GenerationChanges()
    store: bool = True
    request: Mapping[str, object] = field(default_factory=dict)


def changed(chat: ChatRecord, changes: ChatChanges) -> ChatRecord:
    """Return an assistant with what is given."""
    texts = with_given(chat.prompting, changes.prompting)
    options = {**chat.prompting.options, **changes.prompting.options}
    generation = with_given(chat.generation, changes.generation)
    others = {**chat.generation.others, **changes.generation.others}
    return with_given(chat, changes)._replace(
        generation=generation._replace(others=others),
        prompting=texts._replace(options=options),
    )


def with_given(record: R, changes: "DataclassInstance") -> R:
    """Return a record with the values that are given, whose names are those of its fields."""
    values = {field.name: getattr(changes, field.name) for field in fields(changes)}
    return record._replace(**{key: value for key, value in values.items() if value is not UNSET})
