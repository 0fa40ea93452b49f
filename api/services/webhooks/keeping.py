"""Keeping addresses that are told of what happens: those of the server, and those of people."""

import base64
import re
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import orjson

from api.config.fetching import FetchingSettings
from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import ArgumentError, NotFoundError, RuleError
from api.fetching.targets import target_of
from api.secrets import Cipher, opened
from api.services.webhooks import queries
from api.services.webhooks.deliveries import SECRET, Address, DeliveryService
from api.services.webhooks.records import Webhook, WebhookRow, WebhookText
from api.things import Kind

SERVER = ""
"""Whose the addresses of the server are."""

NO_LETTERS = re.compile(r"[^a-z0-9_-]+")
LONGEST_CALLED = 64


class WebhookKeeper:
    """Keeps addresses; who asks for those of the server administers it."""

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        deliveries: DeliveryService,
        fetching: Callable[[], FetchingSettings],
    ) -> None:
        """Initialize with the parts; `fetching` returns the settings that are in force now."""
        self.database = database
        self.cipher = cipher
        self.deliveries = deliveries
        self.fetching = fetching

    @connected
    def every(self, owner: str) -> list[Webhook]:
        """Return all addresses of a person, or of the server, the oldest first."""
        return [self.opened(row) for row in queries.of_owner(self.database, owner)]

    def create(self, owner: str, text: WebhookText) -> Webhook:
        """Keep an address; raises what `check` does, and RuleError where there are too many.

        One of the server gets a secret, if none is given.
        """
        url = text.url or ""
        self.check(url)
        secret = text.secret or ("" if owner else new_secret())
        return self.write(owner, text, url, secret)

    @connected
    def write(self, owner: str, text: WebhookText, url: str, secret: str) -> Webhook:
        """Write a new address; raises RuleError."""
        now, made_id = now_ms(), new_id()
        called = slug(text.called or urlsplit(url).hostname or "") if owner else made_id
        with self.database.atomic():
            kept = queries.of_owner(self.database, owner)
            if len(kept) >= queries.MOST:
                raise RuleError(f"There are {queries.MOST} addresses, and no room for more.")
            taken = {row.called for row in kept}
            if called in taken and text.called:
                raise RuleError(f"id: there is a {called} already.")
            row = WebhookRow(
                id=made_id,
                create_time=now,
                update_time=now,
                user_id=owner,
                called=free(called, taken),
                name=text.name or "",
                url_encrypted=self.cipher.encrypt(url),
                secret_encrypted=self.cipher.encrypt(secret),
                is_enabled=text.is_enabled is not False,
                is_default=bool(owner) and not any(one.is_default for one in kept),
                only_away=text.only_away is not False,
                events=written(text.events or ()),
                people=written(text.people),
                extra=written(text.extra or {}),
            )
            if not queries.add(self.database, row):
                raise RuleError(f"id: there is a {row.called} already.")
        return self.opened(row)

    def change(self, owner: str, called: str, text: WebhookText) -> Webhook:
        """Change an address; raises what `check` and `find` do."""
        if text.url is not None:
            self.check(text.url)
        return self.rewrite(owner, called, text)

    @connected
    def rewrite(self, owner: str, called: str, text: WebhookText) -> Webhook:
        """Write what is to change of an address; raises NotFoundError."""
        with self.database.atomic():
            row = self.found(owner, called)
            given = {
                "name": text.name,
                "url_encrypted": None if text.url is None else self.cipher.encrypt(text.url),
                "secret_encrypted": self.cipher.encrypt(text.secret) if text.secret else None,
                "is_enabled": text.is_enabled,
                "only_away": text.only_away,
                "events": None if text.events is None else written(text.events),
                "people": None if text.people is None else written(text.people),
                "extra": None if text.extra is None else written(text.extra),
            }
            if text.is_for_all:
                given["people"] = written(None)
            columns = {name: value for name, value in given.items() if value is not None}
            if columns:
                queries.change(self.database, row.id, columns)
            return self.opened(self.found(owner, called))

    @connected
    def make_default(self, owner: str, called: str) -> Webhook:
        """Let an address be the first of a person; raises NotFoundError."""
        with self.database.atomic():
            row = self.found(owner, called)
            queries.make_default(self.database, owner, row.id)
            return self.opened(self.found(owner, called))

    @connected
    def delete(self, owner: str, called: str) -> None:
        """Delete an address with what it is still to be told; raises NotFoundError."""
        with self.database.atomic():
            queries.delete(self.database, self.found(owner, called).id)

    @connected
    def find(self, owner: str, called: str) -> Webhook:
        """Return an address of a person, or of the server; raises NotFoundError."""
        return self.opened(self.found(owner, called))

    def test(self, owner: str, called: str, body: bytes) -> None:
        """Tell an address something now, and once; raises what `find` and `Caller.call` do."""
        found = self.find(owner, called)
        self.deliveries.tell(Address(found.url, found.secret), new_id(), body)

    def check(self, url: str) -> None:
        """Raise ArgumentError for what is no address, FetchError for where nothing may be told."""
        target_of(url, internal=self.fetching().internal)

    def found(self, owner: str, called: str) -> WebhookRow:
        """Return the row of an address; within a connection. Raises NotFoundError."""
        for row in queries.of_owner(self.database, owner):
            if row.called == called:
                return row
        raise NotFoundError(Kind.WEBHOOK, called)

    def opened(self, row: WebhookRow) -> Webhook:
        """Return an address as its owner sees it; '' where the server's key has changed."""
        people = orjson.loads(row.people)
        return Webhook(
            id=row.id,
            called=row.called,
            name=row.name,
            url=(opened(self.cipher, row.url_encrypted) or "") if row.url_encrypted else "",
            secret=(opened(self.cipher, row.secret_encrypted) or "")
            if row.secret_encrypted
            else "",
            is_enabled=row.is_enabled,
            is_default=row.is_default,
            only_away=row.only_away,
            events=tuple(orjson.loads(row.events)),
            people=None if people is None else tuple((kind, one) for kind, one in people),
            extra=orjson.loads(row.extra),
            create_time=row.create_time,
            update_time=row.update_time,
        )


def written(value: object) -> str:
    """Return a value as JSON."""
    return orjson.dumps(value).decode()


def new_secret() -> str:
    """Return a secret as Standard Webhooks has it."""
    return f"{SECRET}{base64.b64encode(secrets.token_bytes(32)).decode()}"


def check_secret(secret: str) -> str:
    """Return a secret; raises ValueError for what is none."""
    problem = "give `whsec_` and 24 to 64 bytes in Base64"
    try:
        key = base64.b64decode(secret.removeprefix(SECRET), validate=True)
    except ValueError as error:
        raise ValueError(problem) from error
    if not secret.startswith(SECRET) or not 24 <= len(key) <= 64:  # noqa: PLR2004 - of the standard
        raise ValueError(problem)
    return secret


def slug(text: str) -> str:
    """Return a text as an id: letters, digits and dashes; raises ArgumentError for none of these.

    >>> slug("mine now"), slug("127.0.0.1")
    ('mine-now', '127-0-0-1')
    """
    found = NO_LETTERS.sub("-", text.lower()).strip("-")[:LONGEST_CALLED]
    if not found:
        raise ArgumentError("id: give letters or digits.")
    return found


def free(called: str, taken: set[str]) -> str:
    """Return an id that is not taken.

    >>> free("slack", {"slack", "slack-2"})
    'slack-3'
    """
    number, found = 2, called
    while found in taken:
        found = f"{called[: LONGEST_CALLED - 4]}-{number}"
        number += 1
    return found
