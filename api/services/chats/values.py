"""What the services of assistants take."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from api.services.chats.records import ChatRecord, Generation, Variable
from api.services.unset import UNSET, Unset
from rag.engines.base import MetadataCondition
from rag.types import Message

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class GenerationChanges:
    """What is given of the way a model answers."""

    model_name: str | Unset = UNSET
    temperature: float | Unset = UNSET
    top_p: float | Unset = UNSET
    presence_penalty: float | Unset = UNSET
    frequency_penalty: float | Unset = UNSET
    max_tokens: int | Unset = UNSET


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
    generation: GenerationChanges = GenerationChanges()
    prompting: PromptingChanges = PromptingChanges()


@dataclass(frozen=True, slots=True)
class ChatFilter:
    """Which assistants to list; an id or name that nothing has is an error, not an empty list."""

    id: str | None = None
    name: str | None = None
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions of an assistant to list."""

    id: str | None = None
    name: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question within a session; without one, a session is started for `user_id`."""

    text: str
    session_id: str
    user_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question with what came before it; `generation` overrides the assistant's."""

    question: str
    history: tuple[Message, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    generation: GenerationChanges = GenerationChanges()
    condition: MetadataCondition | None = None


def changed(chat: ChatRecord, changes: ChatChanges) -> ChatRecord:
    """Return an assistant with what is given."""
    columns = given(changes)
    columns["generation"] = with_given(chat.generation, changes.generation)
    prompting = given(changes.prompting)
    prompting["options"] = {**chat.prompting.options, **changes.prompting.options}
    columns["prompting"] = chat.prompting._replace(**prompting)
    return chat._replace(**columns)


def with_given(generation: Generation, changes: GenerationChanges) -> Generation:
    """Return how a model is to answer, with what is given."""
    return generation._replace(**given(changes))


def given(changes: "DataclassInstance") -> dict[str, Any]:
    """Return the values that are given, by their names, which a record has, too."""
    values = {field.name: getattr(changes, field.name) for field in fields(changes)}
    return {name: value for name, value in values.items() if value is not UNSET}
