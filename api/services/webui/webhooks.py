"""Word that an answer is there: to who is away or wants it always, and to other servers."""

from collections.abc import Callable, Mapping

import orjson

from api.config.settings import Settings
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.services.library.names import is_id
from api.services.stores.references import shown_id
from api.services.webhooks.catalogue import FAILED, FINISHED
from api.services.webhooks.happenings import HappeningService
from api.services.webhooks.records import Happening
from api.services.webui import queries
from api.services.webui.presence import PresenceService
from api.services.webui.records import Said, TaskRecord

AWAY_MS = 75_000
"""Who was not seen for so long is away: an open page gives a sign every 30 s."""

SHOWN = 1500
"""Characters of an answer that are told."""

LONGEST_URL = 2000

PLACES = (("ui", "notifications", "webhook_url"), ("notification", "webhook_url"))
"""Where in their settings people name an address, as clients before 0.12 have it."""


class WebhookService:
    """Tells of answers that are there, or have failed."""

    def __init__(
        self,
        database: Database,
        presence: PresenceService,
        happenings: HappeningService,
        settings: Callable[[], Settings],
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.presence = presence
        self.happenings = happenings
        self.settings = settings

    def tell(self, task: TaskRecord, said: Said) -> int:
        """Queue word of an answer for all addresses that want it; return for how many."""
        chat = self.title(task) if is_id(task.chat_id) else None
        if chat is None:
            return 0
        event = FAILED if said.error else FINISHED
        happening = Happening(
            event,
            "chat",
            shown_id(task.chat_id),
            task.user_id,
            data={"title": chat, "message_id": task.message_id},
        )
        told = self.happenings.tell(happening)
        if self.settings().frontend.webhooks == "off":
            return told
        return told + self.tell_person(task, event, chat, said.error or said.text)

    def tell_person(self, task: TaskRecord, event: str, title: str, text: str) -> int:
        """Queue word of an answer for the addresses of whose chat it is."""
        is_away, url = self.standing(task.user_id)
        body = orjson.dumps(self.message(task, event, title, text))
        told = self.happenings.tell_person(task.user_id, event, body, is_away=is_away)
        if url and is_away and event == FINISHED:
            told += self.happenings.tell_address(task.user_id, url, body)
        return told

    @connected
    def title(self, task: TaskRecord) -> str | None:
        """Return what a chat is called; None for one that is not there."""
        found = queries.find(self.database, task.chat_id)
        return found[0].title if found else None

    @connected
    def standing(self, user_id: str) -> tuple[bool, str]:
        """Return whether a person is away, and the address that they name in their settings."""
        is_away = now_ms() - self.presence.of(user_id).seen_time >= AWAY_MS
        return is_away, url_in(queries.settings_of(self.database, user_id))

    def message(self, task: TaskRecord, event: str, title: str, text: str) -> Mapping[str, str]:
        """Return what is told: for programs by fields, and in those that chats show."""
        shown = shown_id(task.chat_id)
        url = f"{self.settings().server.public_url.rstrip('/')}/c/{shown}"
        told = f"{title}\n{url}\n\n{text[:SHOWN]}"
        return {
            "action": "chat",
            "event": event,
            "chat_id": shown,
            "message_id": task.message_id,
            "title": title,
            "message": text[:SHOWN],
            "url": url,
            "text": told,
            "content": told,
        }


def url_in(settings: Mapping[str, object]) -> str:
    """Return the address that a person has named in their settings; empty for none."""
    for path in PLACES:
        found: object = settings
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, str) and found.strip():
            return found.strip()[:LONGEST_URL]
    return ""
