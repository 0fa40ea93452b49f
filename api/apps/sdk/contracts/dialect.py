"""What the two contracts of RAGFlow's REST API do not have in common, as one value each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flask import Response

from api.apps.sdk.words import TallyWords
from api.http.door import Reader
from api.http.framing import Event, Framing
from api.http.words import Told, Words
from api.schemas.sdk.chat import ChatQuery, ChatRequest
from api.schemas.sdk.dataset import DatasetAnswer
from api.services.accounts.grant_records import Level
from api.services.chats.records import Reply, ShownChat
from api.services.library.records import DatasetRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How the pages under /api/v1 read and tell what the contracts have differently.

    `words`, `tallies`, `error`, `stream` and `reads` are those of the door. `counts` says whether
    a deletion tells how many went, and `shows_changes` whether PUT shows what it made. The others
    are what a page does, or how it shows what it has done.
    """

    words: Words
    tallies: Mapping[str, TallyWords]
    error: Callable[[Told], Response]
    stream: Framing
    reads: Reader
    counts: bool
    shows_changes: bool
    list_chats: Callable[[ChatQuery], object]
    put_chat: Callable[[str, ChatRequest], object]
    present_chat: Callable[[ShownChat], object]
    present_dataset: Callable[[DatasetRecord, Level | None], DatasetAnswer]
    answer_events: Callable[[Reply], Iterator[Event]]
    present_agents: Callable[[], object]
