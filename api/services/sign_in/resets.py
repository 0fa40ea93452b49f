"""New passwords by a link that is mailed."""

import hashlib
import secrets
from datetime import timedelta

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.services.accounts.accounts import LOCAL, AccountService
from api.services.accounts.queries.accounts import change_account, end_epoch
from api.services.accounts.values import Origin
from api.services.sign_in import queries
from api.services.sign_in.outbox import Outbox
from api.services.sign_in.records import MailKind, MailRecord
from api.services.sign_in.texts import RESET, Letter, letter_in
from api.sign_in_errors import LinkError

GOOD_FOR = timedelta(hours=1)


class PasswordResets:
    """Mails links, each good once and for an hour, of which a hash is kept.

    A request does the same for every address: whether it is an account's is found out by the job
    that sends, which makes the link.
    """

    def __init__(self, accounts: AccountService, outbox: Outbox) -> None:
        """Initialize with the parts."""
        self.accounts = accounts
        self.outbox = outbox
        outbox.writers[MailKind.RESET] = self.letter

    @property
    def database(self) -> Database:
        """Return where accounts are kept."""
        return self.accounts.database

    def ask(self, email: str, origin: Origin = LOCAL) -> None:
        """Queue a link for an address, be there an account or not.

        Raises NotConfiguredError where no mail is sent, and RateLimitError for an address from
        which many were asked for. For a recipient who gets many nothing more is queued.
        """
        self.outbox.check_open()
        recipient = email.strip().lower()
        if self.accounts.limits.asks_for_mail(recipient, origin.address):
            self.outbox.queue(MailKind.RESET, recipient)

    def use(self, token: str, password: str) -> None:
        """Set a password by a link, and end all sessions; raises LinkError for one that is over."""
        token_hash = digest(token)
        if not self.is_good(token_hash):
            raise LinkError
        user_id = self.take(token_hash, self.accounts.passwords.hash(password))
        self.accounts.sessions.forget(user_id)

    def letter(self, message: MailRecord) -> tuple[Letter, str] | None:
        """Return the letter with a new link; None where no account may sign in by the address."""
        kept = self.accounts.credentials_of(message.recipient)
        if kept is None or not kept.is_active:
            return None
        token = secrets.token_urlsafe(24)
        self.keep(kept.user_id, digest(token))
        language = self.accounts.profile_of(kept.user_id).language
        return letter_in(RESET, language), self.outbox.link("/console/reset", token=token)

    @connected
    def keep(self, user_id: str, token_hash: str) -> None:
        """Write down a link; those that are over go."""
        end = now_ms() + int(GOOD_FOR.total_seconds() * 1000)
        queries.add_reset(self.database, user_id, token_hash, end)

    @connected
    def is_good(self, token_hash: str) -> bool:
        """Return whether a link can be used."""
        return bool(queries.user_of_reset(self.database, token_hash))

    @connected
    def take(self, token_hash: str, password_hash: str) -> str:
        """Use a link up and write the password with it; return whose it is. Raises LinkError."""
        with self.database.atomic():
            user_id = queries.user_of_reset(self.database, token_hash)
            if not user_id or not queries.delete_resets(self.database, user_id):
                raise LinkError
            change_account(user_id, {"password_hash": password_hash})
            end_epoch(self.database, user_id)
        return user_id


def digest(token: str) -> str:
    """Return the SHA-256 of a link's token in hex, which is what is kept of it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
