"""Word to who is away that an answer is there, at the address that they have named."""

from collections.abc import Callable, Mapping

import orjson

from api.config.settings import Settings
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import FetchError
from api.fetching.calls import Caller, Request
from api.services.library.names import is_id
from api.services.stores.references import shown_id
from api.services.webui import queries
from api.services.webui.presence import PresenceService
from api.services.webui.records import TaskRecord

AWAY_MS = 75_000
"""Who was not seen for so long is away: an open page gives a sign every 30 s."""

SECONDS, MOST_BYTES = 10, 1 << 16
"""How long an address may take to answer, and how much of the answer is read."""

REFUSED = 400
"""The first status by which an address says that it was not told."""

SHOWN = 1500
"""Characters of an answer that are told."""

LONGEST_URL = 2000

PLACES = (("ui", "notifications", "webhook_url"), ("notification", "webhook_url"))
"""Where in their settings people name an address."""


class WebhookService:
    """Tells people who are away that an answer is there."""

    def __init__(
        self,
        database: Database,
        presence: PresenceService,
        caller: Caller,
        settings: Callable[[], Settings],
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.presence = presence
        self.caller = caller
        self.settings = settings

    def tell(self, task: TaskRecord, text: str) -> bool:
        """Tell of an answer; return whether that was wanted. No connection is held meanwhile.

        Raises ArgumentError, FetchError and CrowdedError where an address cannot be told.
        """
        if self.settings().frontend.webhooks == "off" or not is_id(task.chat_id):
            return False
        url, title = self.wanted(task)
        if not url:
            return False
        body = orjson.dumps(self.message(task, title, text))
        headers = {"Content-Type": "application/json"}
        request = Request("POST", url, headers, body, SECONDS, MOST_BYTES)
        with self.caller.call(request) as reply:
            if reply.status >= REFUSED:
                raise FetchError(f"The address of somebody answered with {reply.status}.")
        return True

    @connected
    def wanted(self, task: TaskRecord) -> tuple[str, str]:
        """Return where a person wants to be told, empty for nowhere, and what the chat is called.

        Who is there is told nothing.
        """
        if now_ms() - self.presence.of(task.user_id).seen_time < AWAY_MS:
            return "", ""
        url = url_in(queries.settings_of(self.database, task.user_id))
        found = queries.find(self.database, task.chat_id) if url else None
        return (url, found[0].title) if found else ("", "")

    def message(self, task: TaskRecord, title: str, text: str) -> Mapping[str, str]:
        """Return what is told: for programs by fields, and in those that chats show."""
        shown = shown_id(task.chat_id)
        url = f"{self.settings().server.public_url.rstrip('/')}/c/{shown}"
        told = f"{title}\n{url}\n\n{text[:SHOWN]}"
        return {
            "action": "chat",
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
