"""Telling addresses of what happens: those of the server that want to know, and those of people."""

import logging
from collections.abc import Callable
from importlib.metadata import version

import orjson

from api.config.settings import Settings
from api.db.base import new_id, now_ms
from api.db.connection import Database, DatabaseTrouble, connected
from api.errors import RaglanError
from api.services.webhooks import queries
from api.services.webhooks.catalogue import EVENTS, is_wanted, said
from api.services.webhooks.deliveries import DeliveryService
from api.services.webhooks.keeping import SERVER, WebhookKeeper
from api.services.webhooks.records import Actor, Happening, Webhook

log = logging.getLogger(__name__)

TITLE = 200
"""Characters of a title that are told."""


class HappeningService:
    """Queues word of what happens for those who want it; nothing where nobody does."""

    def __init__(
        self,
        database: Database,
        keeper: WebhookKeeper,
        deliveries: DeliveryService,
        settings: Callable[[], Settings],
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.keeper = keeper
        self.deliveries = deliveries
        self.settings = settings

    def is_wanted(self, events: set[str]) -> bool:
        """Return whether an address of the server wants to know of any of some events.

        Where that cannot be found out nobody is told, which the log says.
        """
        try:
            hooks = self.listening()
        except (RaglanError, DatabaseTrouble) as error:
            log.warning("Addresses are not told of what happens: %s", error)
            return False
        return any(is_wanted(event, hook.events) for hook in hooks for event in events)

    def note(self, happening: Happening) -> None:
        """Queue word of something; where that cannot be, the log says so."""
        try:
            self.tell(happening)
        except (RaglanError, DatabaseTrouble) as error:
            log.warning("Addresses are not told of %s: %s", happening.event, error)

    @connected
    def listening(self) -> list[Webhook]:
        """Return the addresses of the server that are on."""
        rows = queries.of_owner(self.database, SERVER)
        return [self.keeper.opened(row) for row in rows if row.is_enabled]

    @connected
    def tell(self, happening: Happening) -> int:
        """Queue word of something for the server's addresses; return for how many."""
        hooks = [one for one in self.listening() if is_wanted(happening.event, one.events)]
        hooks = [one for one in hooks if self.concerns(one, happening)]
        if not hooks:
            return 0
        actor = queries.actor(self.database, happening.user_id) if happening.user_id else None
        body = orjson.dumps(message(happening, actor))
        with self.database.atomic():
            return sum(self.deliveries.queue(one.id, "", body) for one in hooks)

    def concerns(self, webhook: Webhook, happening: Happening) -> bool:
        """Return whether a webhook is about the people whom something is of."""
        if webhook.people is None:
            return True
        account = happening.id.replace("-", "") if happening.subject == "user" else ""
        ids = {happening.user_id, account} - {""}
        people = {one for kind, one in webhook.people if kind == "user"}
        groups = {one for kind, one in webhook.people if kind == "group"}
        if ids & people:
            return True
        return any(groups & queries.groups_of(self.database, one) for one in ids if groups)

    @connected
    def tell_person(self, user_id: str, event: str, body: bytes, *, is_away: bool) -> int:
        """Queue word of something for the addresses of a person; return for how many."""
        if self.settings().frontend.webhooks == "off":
            return 0
        rows = queries.of_owner(self.database, user_id)
        wanted = [
            row
            for row in rows
            if row.is_enabled
            and event in orjson.loads(row.events)
            and (is_away or not row.only_away)
        ]
        with self.database.atomic():
            return sum(self.deliveries.queue(row.id, user_id, body) for row in wanted)

    @connected
    def tell_address(self, user_id: str, url: str, body: bytes) -> int:
        """Queue word for an address that a person names in their settings; return for how many."""
        with self.database.atomic():
            return int(self.deliveries.queue("", user_id, body, url))


def message(happening: Happening, actor: Actor | None) -> dict[str, object]:
    """Return what is told: for programs by fields, and in those that chats show."""
    resource, _, operation = happening.event.rpartition(".")
    sentence = EVENTS.get(happening.event, said(happening.event))
    told = f"{sentence} ({actor.email})" if actor else sentence
    release = version("raglan")
    return {
        "schema": release,
        "id": new_id(),
        "event": happening.event,
        "resource": resource,
        "operation": operation,
        "created_at": now_ms() // 1000,
        "version": release,
        "source": happening.source,
        "actor": actor and shown(actor),
        "subject": {"type": happening.subject, "id": happening.id},
        "data": {name: short(value) for name, value in happening.data.items()},
        "message": sentence,
        "text": told,
        "content": told,
    }


def shown(actor: Actor) -> dict[str, object]:
    """Return who has done something."""
    return {
        "type": "user",
        "id": actor.id,
        "name": actor.name,
        "email": actor.email,
        "role": "admin" if actor.is_administrator else "user",
        "created_at": actor.create_time // 1000,
        "updated_at": actor.update_time // 1000,
    }


def short(value: object) -> object:
    """Return a value of which texts are not long."""
    return value[:TITLE] if isinstance(value, str) else value
