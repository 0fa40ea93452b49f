"""What the service of responses returns."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from api.services.chats.records import NO_USAGE
from api.services.search.records import Source
from rag.llm.base import Delta, Usage
from rag.types import Message


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """An answer of an assistant or a model, which can be read and continued as long as it is kept.

    `request` is what the asker said of how to answer; `conversation` ends with the question. A
    marker `[ID:i]` in the text is an index into `sources`. `create_time` is in ms since the epoch.
    """

    id: str
    tenant_id: str
    model: str
    create_time: int
    request: Mapping[str, object]
    conversation: tuple[Message, ...]
    text: str = ""
    sources: tuple[Source, ...] = ()
    usage: Usage = NO_USAGE

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return False


@dataclass(frozen=True, slots=True)
class SaidItem:
    """A message of the conversation that a response ends; the id tells the response, too."""

    id: str
    message: Message


ResponseParts = Generator[Delta | ResponseRecord]
"""A response piece by piece as it is made, last the whole of it; closing it ends the making."""


@dataclass(frozen=True, slots=True)
class BegunResponse:
    """A response that is about to be made: what is known of it before, and its parts."""

    record: ResponseRecord
    parts: ResponseParts
