"""Shares: an assistant on a page of its own, with a token, sites that may show it, and an end."""

import hmac
import time

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import ArgumentError, NotAllowedError, NotFoundError, RuleError
from api.secrets import SecretKey
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.chats.chats import ChatService
from api.services.chats.queries.shares import (
    delete_share,
    find_share,
    find_visit,
    insert_share,
    list_shares,
    save_share,
)
from api.services.chats.share_records import (
    MOST_SHARES,
    ShareChanges,
    ShareRecord,
    TokenOfShare,
    Visit,
)
from api.services.chats.values import with_given
from api.things import Kind

ID_LENGTH = 32
LENGTH = 52
"""An id, and 80 bits that only the server's secret gives, so that nothing of them is stored."""

HOURLY = 60
"""Questions that a share answers in an hour where none says another number."""


class ShareService:
    """Keeps the shares of assistants, and reads their tokens."""

    def __init__(self, database: Database, secret: SecretKey, chats: ChatService) -> None:
        """Initialize with the parts; the secret is read when it is first needed."""
        self.database = database
        self.secret = secret
        self.chats = chats

    @connected
    def create(self, asker: Principal, chat_id: str, changes: ShareChanges) -> TokenOfShare:
        """Share an assistant; raises RuleError where it has MOST_SHARES."""
        self.owned(asker, chat_id)
        if len(list_shares(self.database, chat_id)) >= MOST_SHARES:
            raise RuleError(f"An assistant has {MOST_SHARES} shares at most: delete one first.")
        now = now_ms()
        head = (new_id(), asker.tenant_id, asker.user_id, chat_id)
        blank = ShareRecord(*head, "", (), 0, HOURLY, is_on=True, create_time=now, update_time=now)
        share = changed(blank, changes)
        insert_share(share)
        return self.told(share)

    @connected
    def list_all(self, asker: Principal, chat_id: str) -> list[TokenOfShare]:
        """Return the shares of an assistant, newest first."""
        self.owned(asker, chat_id)
        return [self.told(share) for share in list_shares(self.database, chat_id)]

    @connected
    def update(
        self, asker: Principal, chat_id: str, share_id: str, changes: ShareChanges
    ) -> TokenOfShare:
        """Change what is given of a share and return it."""
        stored = self.stored(asker, chat_id, share_id)
        share = changed(stored, changes)._replace(update_time=now_ms())
        save_share(share)
        return self.told(share)

    @connected
    def delete(self, asker: Principal, chat_id: str, share_id: str) -> None:
        """Delete a share: its link and its widget are gone for good."""
        self.stored(asker, chat_id, share_id)
        delete_share(share_id)

    @connected
    def visit(self, token: str) -> Visit:
        """Return who comes by a token.

        Raises NotFoundError for a token that opens nothing, NotAllowedError for a share that is
        switched off or over.
        """
        if len(token) != LENGTH or not token.isascii():
            raise NotFoundError(Kind.SHARE)
        share_id = token[:ID_LENGTH]
        if not hmac.compare_digest(self.token(share_id), token):
            raise NotFoundError(Kind.SHARE)
        found = find_visit(self.database, share_id)
        if found is None:
            raise NotFoundError(Kind.SHARE)
        if not found.share.is_on:
            raise NotAllowedError("This page is switched off. Ask whoever gave you the link.")
        if 0 < found.share.expires_time <= time.time() * 1000:
            raise NotAllowedError("This page has ended. Ask whoever gave you the link.")
        return found

    def token(self, share_id: str) -> str:
        """Return the token of a share."""
        digest = hmac.digest(self.secret.derive("tokens of shares"), share_id.encode(), "sha256")
        return share_id + digest.hex()[: LENGTH - ID_LENGTH]

    def told(self, share: ShareRecord) -> TokenOfShare:
        """Return a share with its token."""
        return TokenOfShare(share, self.token(share.id))

    def owned(self, asker: Principal, chat_id: str) -> None:
        """Raise NotFoundError, or ForbiddenError, unless the asker owns an assistant."""
        self.chats.assistant(asker, chat_id, Right.OWN)

    def stored(self, asker: Principal, chat_id: str, share_id: str) -> ShareRecord:
        """Return a share as it is stored; raises NotFoundError."""
        self.owned(asker, chat_id)
        found = find_share(self.database, chat_id, share_id)
        return check(self.database, asker, found, Right.OWN, Kind.SHARE, share_id)


def changed(share: ShareRecord, changes: ShareChanges) -> ShareRecord:
    """Return a share with what is given; raises ArgumentError for an end that is over."""
    made = with_given(share, changes)
    if 0 < made.expires_time <= time.time() * 1000 and made.expires_time != share.expires_time:
        raise ArgumentError("`expires_time` is over: give ms since 1970, or 0 for no end.")
    return made
