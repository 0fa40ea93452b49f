"""Mail that waits: queued by requests, sent by the holder of the lease, again if that fails."""

import logging
from collections.abc import Callable
from urllib.parse import urlencode

from api.config.settings import Settings
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import NotConfiguredError, UnavailableError
from api.leases.fencing import Guard, unguarded
from api.secrets import Cipher, opened
from api.services.sign_in import queries
from api.services.sign_in.mailing import MailServer
from api.services.sign_in.records import MailKind, MailRecord
from api.services.sign_in.texts import INVITATION, Letter, letter_in

log = logging.getLogger(__name__)

AT_ONCE = 10
MOST_WAITING = 10_000
"""Mail that waits at most: with more, requests are told to come back."""

PAUSES = (10, 60, 300, 900, 3600, 3600, 3600)
"""Seconds until a message is tried again; after the last it is given up, some three hours later."""

Writer = Callable[[MailRecord], tuple[Letter, str] | None]
"""Returns the letter for a message that waits, and its link; None if there is none to send."""


class Outbox:
    """Queues and sends mail; it may be sent twice by a process that is killed in between."""

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        settings: Callable[[], Settings],
        server: MailServer,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.cipher = cipher
        self.settings = settings
        self.server = server
        self.writers: dict[str, Writer] = {MailKind.INVITATION: self.invitation}

    def is_open(self) -> bool:
        """Return whether mail can be sent, and links lead here."""
        return bool(self.settings().smtp.host and self.settings().server.public_url)

    def check_open(self) -> None:
        """Raise NotConfiguredError where no mail can be sent."""
        if not self.is_open():
            raise NotConfiguredError(
                "This server sends no mail: smtp.host and server.public_url are not both set."
            )

    @connected
    def queue(self, kind: MailKind, recipient: str, content: str = "") -> None:
        """Keep a message that is to be sent; its content is kept encrypted.

        Raises UnavailableError where very many wait.
        """
        if queries.count_mail(self.database) >= MOST_WAITING:
            raise UnavailableError("Very many messages wait to be sent: try again later.")
        queries.add_mail(self.database, kind, recipient, self.cipher.encrypt(content))

    def send_due(self, guard: Guard = unguarded) -> int:
        """Send what is due; return how many messages were sent or given up."""
        if not self.is_open():
            return 0
        return sum(self.send(message, guard) for message in self.due())

    @connected
    def due(self) -> list[MailRecord]:
        """Return some of what is to be sent now."""
        return queries.due_mail(self.database, AT_ONCE)

    def send(self, message: MailRecord, guard: Guard) -> bool:
        """Send a message; false if that has to be tried again."""
        written = self.writers[message.kind](message)
        if written is None:
            self.remove(message, guard)
            return True
        letter, link = written
        try:
            self.server.send(message.recipient, letter.subject, letter.text.format(link=link))
        except UnavailableError as error:
            return self.put_off(message, error, guard)
        self.remove(message, guard)
        return True

    def put_off(self, message: MailRecord, error: UnavailableError, guard: Guard) -> bool:
        """Try a message again later, or give it up; return whether it was given up."""
        if message.attempts >= len(PAUSES):
            log.error("A message is given up: %s", error)
            self.remove(message, guard)
            return True
        log.warning("A message is sent later: %s", error)
        self.delay(message, now_ms() + PAUSES[message.attempts] * 1000, guard)
        return False

    @connected
    def delay(self, message: MailRecord, not_before: int, guard: Guard) -> None:
        """Write that a message was tried in vain."""
        with self.database.atomic():
            guard()
            queries.delay_mail(self.database, message.id, not_before)

    @connected
    def remove(self, message: MailRecord, guard: Guard) -> None:
        """Delete a message."""
        with self.database.atomic():
            guard()
            queries.delete_mail(self.database, message.id)

    def invitation(self, message: MailRecord) -> tuple[Letter, str] | None:
        """Return the letter of an invitation."""
        code = opened(self.cipher, message.content_encrypted)
        if not code:
            return None
        return letter_in(INVITATION, "en"), self.link("/console/signup", invitation=code)

    def link(self, path: str, **query: str) -> str:
        """Return an address of this server as people reach it."""
        base = self.settings().server.public_url.rstrip("/")
        return f"{base}{path}?{urlencode(query)}"
