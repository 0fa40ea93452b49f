"""Webhooks: addresses at which programs write into a channel."""

import hmac
import secrets

from cryptography.fernet import InvalidToken

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError
from api.secrets import Cipher
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.channels.channels import ChannelService
from api.services.channels.messages import MessageService
from api.services.channels.queries import webhooks as queries
from api.services.channels.records import Posted, WebhookRow
from api.things import Kind

MOST = 100
"""Webhooks of a channel."""


class WebhookService:
    """Keeps webhooks for who manages a channel; their tokens are encrypted in the database."""

    def __init__(self, channels: ChannelService, messages: MessageService, cipher: Cipher) -> None:
        """Initialize with the parts."""
        self.database: Database = channels.database
        self.channels = channels
        self.messages = messages
        self.cipher = cipher

    @connected
    def every(self, asker: Principal, channel_id: str) -> list[WebhookRow]:
        """Return the webhooks of a channel; raises NotFoundError, and ForbiddenError."""
        self.channels.checked(asker, channel_id, Right.OWN)
        return [self.opened(row) for row in queries.of_channel(self.database, channel_id)]

    @connected
    def create(self, asker: Principal, channel_id: str, name: str, picture: str) -> WebhookRow:
        """Make a webhook; raises what `every` does, and RuleError where there are too many."""
        token, now = secrets.token_urlsafe(32), now_ms()
        made = WebhookRow(
            id=new_id(),
            channel_id=channel_id,
            user_id=asker.user_id,
            name=name,
            picture=picture,
            token=token,
            last_used_ns=0,
            create_time=now,
            update_time=now,
        )
        with self.database.atomic():
            self.channels.checked(asker, channel_id, Right.OWN)
            if len(queries.of_channel(self.database, channel_id)) >= MOST:
                raise RuleError(f"There are {MOST} webhooks, and no room for more.")
            queries.add(self.database, made._replace(token=self.cipher.encrypt(token)))
        return made

    @connected
    def change(
        self, asker: Principal, channel_id: str, webhook_id: str, name: str, picture: str | None
    ) -> WebhookRow:
        """Change what a webhook is called; raises what `every` does."""
        with self.database.atomic():
            self.own(asker, channel_id, webhook_id)
            given = {"name": name} | ({} if picture is None else {"picture": picture})
            queries.change(self.database, webhook_id, given)
            return self.opened(self.own(asker, channel_id, webhook_id))

    @connected
    def delete(self, asker: Principal, channel_id: str, webhook_id: str) -> None:
        """Delete a webhook: what it has written stays. Raises what `every` does."""
        with self.database.atomic():
            self.own(asker, channel_id, webhook_id)
            queries.delete(self.database, webhook_id)

    def own(self, asker: Principal, channel_id: str, webhook_id: str) -> WebhookRow:
        """Return a webhook of a channel that the asker manages; within a connection."""
        self.channels.checked(asker, channel_id, Right.OWN)
        found = queries.find(self.database, webhook_id)
        if found is None or found.channel_id != channel_id:
            raise NotFoundError(Kind.WEBHOOK, webhook_id)
        return found

    def post(self, webhook_id: str, token: str, content: str) -> Posted:
        """Post what somebody says who has the token of a webhook; raises NotFoundError."""
        self.channels.check_on()
        found = self.known(webhook_id)
        if found is None or not hmac.compare_digest(found.token.encode(), token.encode()):
            raise NotFoundError(Kind.WEBHOOK, webhook_id)
        return self.messages.post_by(found, content)

    @connected
    def known(self, webhook_id: str) -> WebhookRow | None:
        """Return a webhook, whoever asks."""
        found = queries.find(self.database, webhook_id)
        return self.opened(found) if found else None

    @connected
    def picture(self, asker: Principal, webhook_id: str) -> str:
        """Return the picture of a webhook of a channel that the asker may read, or ''.

        Raises NotFoundError, which does not tell the channel.
        """
        found = queries.find(self.database, webhook_id)
        if found is None or not self.channels.may(asker, found.channel_id, Right.READ):
            raise NotFoundError(Kind.WEBHOOK, webhook_id)
        return found.picture

    def opened(self, row: WebhookRow) -> WebhookRow:
        """Return a webhook with its token as it is sent; '' where the server's key has changed."""
        try:
            return row._replace(token=self.cipher.decrypt(row.token))
        except InvalidToken:
            return row._replace(token="")
