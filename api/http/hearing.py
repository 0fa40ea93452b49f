"""Events that code tells of while it is used: told to whose chat it is, and kept there."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

import orjson

from api.errors import RaglanError
from api.http.chat_audience import Audience, Tells
from api.schemas.openwebui.events import MOST_TOLD, present_told
from api.services.accounts.records import Principal
from api.services.webui.message_events import LISTS, MessageEventService
from api.services.webui.records import is_temporary

log = logging.getLogger(__name__)

LONGEST_KIND = 64


class Heard(NamedTuple):
    """An event of code."""

    kind: str
    data: Mapping[str, object]


def heard_in(event: object) -> Heard | None:
    """Return an event that code has told of; None for what is none."""
    if not isinstance(event, dict):
        return None
    kind, data = event.get("type"), event.get("data")
    if not isinstance(kind, str) or not kind or len(kind) > LONGEST_KIND:
        return None
    return Heard(kind, data if isinstance(data, dict) else {})


class Hearing:
    """Tells somebody of the events about a message, and keeps those that are to stay."""

    def __init__(
        self,
        events: MessageEventService,
        tells: Tells | Audience | None,
        asker: Principal,
        chat_id: str,
        message_id: str,
    ) -> None:
        """Initialize with whose message it is, and how they are told."""
        self.events = events
        self.tells = tells
        self.asker = asker
        self.chat_id = chat_id
        self.message_id = message_id
        self.lists: list[Heard] = []

    def hear(self, event: object) -> None:
        """Tell of an event, and keep it; what is none is left out."""
        found = heard_in(event)
        if found is None:
            log.info("Code told of something that is no event with a type.")
            return
        if found.kind in LISTS:
            self.lists.append(found)
        self.keep(found)
        self.tell(found)

    def tell(self, found: Heard) -> None:
        """Tell of an event; one that is too long is read from the chat."""
        if self.tells is None or len(orjson.dumps(found.data)) > MOST_TOLD:
            return
        told = present_told(self.chat_id, self.message_id, found.kind, found.data)
        self.tells.tell(self.asker.user_id, told)

    def keep(self, found: Heard) -> None:
        """Keep an event with the message, if there is one that is kept."""
        if not self.chat_id or is_temporary(self.chat_id):
            return
        try:
            self.events.add(self.asker, self.chat_id, self.message_id, *found)
        except RaglanError as error:
            log.info("An event of code is not kept: %s", error)

    def keep_again(self) -> None:
        """Keep what was kept before something else took its place."""
        for one in self.lists:
            self.keep(one)
