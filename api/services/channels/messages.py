"""Messages in channels: posted, listed by page, answered in threads, changed and deleted."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import ForbiddenError, NotFoundError, RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.channels.channels import ChannelService
from api.services.channels.queries import channels as channel_queries
from api.services.channels.queries import members, messages, webhooks
from api.services.channels.records import (
    Author,
    ChannelKind,
    ChannelRow,
    Message,
    MessageRow,
    NewMessage,
    Posted,
    WebhookRow,
)
from api.services.stores.queries.knowledge import people
from api.things import Kind

PAGE = 50
"""Messages of a page."""

PINNED_PAGE = 20
"""Pinned messages of a page."""

WEBHOOK = "webhook"


class MessageService:
    """Keeps what is said in channels."""

    def __init__(self, channels: ChannelService) -> None:
        """Initialize with what keeps channels."""
        self.database: Database = channels.database
        self.channels = channels

    # Reading.

    @connected
    def page(
        self, asker: Principal, channel_id: str, limit: int, skip: int = 0, before: str = ""
    ) -> list[Message]:
        """Return some messages outside threads, the newest first; raises NotFoundError.

        With `before` those that are older than that one, however many there are after it.
        """
        row = self.channels.checked(asker, channel_id, Right.READ)
        last = self.found(row, before) if before else None
        return self.shown(messages.page(self.database, row.id, "", limit, skip, last))

    @connected
    def thread(
        self,
        asker: Principal,
        channel_id: str,
        message_id: str,
        limit: int,
        skip: int = 0,
        around: str = "",
    ) -> list[Message]:
        """Return some of a thread, the newest first: the message that began it comes last.

        With `around` a page that has that reply in its middle. Raises NotFoundError.
        """
        row = self.channels.checked(asker, channel_id, Right.READ)
        parent = self.found(row, message_id)
        if around and around != parent.id:
            skip = max(messages.newer(self.database, self.found(row, around)) - limit // 2, 0)
        replies = messages.page(self.database, row.id, parent.id, limit, skip)
        if len(replies) < limit and skip <= parent.reply_count:
            replies.append(parent)
        return self.shown(replies)

    @connected
    def pinned(self, asker: Principal, channel_id: str, page: int) -> list[Message]:
        """Return a page of the pinned messages, the last pinned first; raises NotFoundError."""
        row = self.channels.checked(asker, channel_id, Right.READ)
        offset = (page - 1) * PINNED_PAGE
        return self.shown(messages.pinned(self.database, row.id, PINNED_PAGE, offset))

    @connected
    def get(self, asker: Principal, channel_id: str, message_id: str) -> Message:
        """Return a message; raises NotFoundError."""
        row = self.channels.checked(asker, channel_id, Right.READ)
        return self.whole(self.found(row, message_id))

    def found(self, row: ChannelRow, message_id: str) -> MessageRow:
        """Return a message of a channel; within a connection. Raises NotFoundError."""
        found = messages.find(self.database, row.id, message_id)
        if found is None:
            raise NotFoundError(Kind.MESSAGE, message_id)
        return found

    def whole(self, row: MessageRow) -> Message:
        """Return a message with all that is shown of it; within a connection."""
        (found,) = self.shown([row])
        return found

    def shown(self, rows: Sequence[MessageRow]) -> list[Message]:
        """Return messages with who has written them, and what they answer."""
        answered = messages.of_ids(
            self.database, [row.reply_to_id for row in rows if row.reply_to_id]
        )
        authors = self.authors([*rows, *answered.values()])
        given = messages.reactions(self.database, [row.id for row in rows])
        return [
            Message(
                row,
                authors.get(row.id),
                Message(reply, authors.get(reply.id))
                if (reply := answered.get(row.reply_to_id))
                else None,
                given.get(row.id, ()),
            )
            for row in rows
        ]

    def authors(self, rows: Sequence[MessageRow]) -> Mapping[str, Author]:
        """Return who has written messages, by these."""
        named = people(self.database, [row.user_id for row in rows if row.user_id])
        hooks = [row for row in rows if row.webhook_id]
        called = webhooks.names(self.database, sorted({row.webhook_id for row in hooks}))
        found = {
            row.id: Author(who.id, who.name, "admin" if who.is_administrator else "user")
            for row in rows
            if (who := named.get(row.user_id))
        }
        for row in hooks:
            name = called.get(row.webhook_id) or named_in(row.meta)
            found[row.id] = Author(row.webhook_id, name, WEBHOOK)
        return found

    # Writing.

    @connected
    def post(
        self, asker: Principal, channel_id: str, new: NewMessage, model_id: str = ""
    ) -> Posted:
        """Post a message, or as what a model is going to say.

        Whoever calls this has seen that the asker may read its files. Raises NotFoundError for
        channel, thread or message, and ForbiddenError.
        """
        with self.database.atomic():
            row = self.channels.checked(asker, channel_id, Right.CHANGE)
            made = self.add(row, self.made(row, new, user_id=asker.user_id, model_id=model_id))
            for file_id in dict.fromkeys(new.file_ids):
                messages.add_file(self.database, made, file_id)
            if not made.parent_id and not model_id:
                read = {"last_read_ns": made.created_ns}
                channel_queries.say(self.database, row.id, asker.user_id, read)
        return self.posted(row, made)

    @connected
    def post_by(self, hook: WebhookRow, content: str) -> Posted:
        """Post what a webhook says; raises NotFoundError where its channel is gone."""
        with self.database.atomic():
            row = channel_queries.find(self.database, hook.channel_id)
            if row is None:
                raise NotFoundError(Kind.CHANNEL, hook.channel_id)
            new = NewMessage(content, meta={WEBHOOK: {"id": hook.id, "name": hook.name}})
            made = self.add(row, self.made(row, new, webhook_id=hook.id))
            webhooks.change(self.database, hook.id, {"last_used_ns": made.created_ns})
        return self.posted(row, made)

    def made(
        self,
        channel: ChannelRow,
        new: NewMessage,
        *,
        user_id: str = "",
        model_id: str = "",
        webhook_id: str = "",
    ) -> MessageRow:
        """Return a message that is to be written; raises NotFoundError for what it hangs on."""
        parent_id = new.parent_id
        if parent_id:
            parent = self.found(channel, parent_id)
            parent_id = parent.parent_id or parent.id  # a thread has no threads
        if new.reply_to_id:
            self.found(channel, new.reply_to_id)
        now = time.time_ns()
        return MessageRow(
            id=new_id(),
            channel_id=channel.id,
            user_id=user_id,
            model_id=model_id,
            webhook_id=webhook_id,
            parent_id=parent_id,
            reply_to_id=new.reply_to_id,
            content=new.content,
            is_pinned=False,
            pinned_by="",
            pinned_ns=0,
            reply_count=0,
            latest_reply_ns=0,
            created_ns=now,
            changed_ns=now,
            update_time=now_ms(),
            data=new.data,
            meta=new.meta,
        )

    def add(self, channel: ChannelRow, row: MessageRow) -> MessageRow:
        """Write a message, and show its channel to who has put it away; within a transaction."""
        messages.add(self.database, row)
        if not row.parent_id:
            channel_queries.change(self.database, channel.id, {"last_message_ns": row.created_ns})
        if channel.kind != ChannelKind.STANDARD:
            members.wake(self.database, channel.id)
        return row

    def posted(self, channel: ChannelRow, row: MessageRow) -> Posted:
        """Return a message as it is now, with the one whose thread it is in."""
        parent = messages.find(self.database, channel.id, row.parent_id) if row.parent_id else None
        return Posted(channel, self.whole(row), self.whole(parent) if parent else None)

    # Changing.

    @connected
    def change(self, asker: Principal, channel_id: str, message_id: str, new: NewMessage) -> Posted:
        """Change what a message says; raises NotFoundError, and ForbiddenError."""
        with self.database.atomic():
            channel, row = self.own(asker, channel_id, message_id)
            columns: dict[str, object] = {"content": new.content, "changed_ns": time.time_ns()}
            if new.data:
                columns["data"] = {**row.data, **new.data}
            if new.meta:
                columns["meta"] = {**row.meta, **new.meta}
            messages.change(self.database, row.id, columns)
            return self.posted(channel, self.found(channel, row.id))

    @connected
    def delete(self, asker: Principal, channel_id: str, message_id: str) -> Posted:
        """Delete a message with its thread; raises NotFoundError, and ForbiddenError."""
        with self.database.atomic():
            channel, row = self.own(asker, channel_id, message_id)
            gone = self.whole(row)
            messages.delete(self.database, row)
            return replace(self.posted(channel, row), message=gone)

    def own(
        self, asker: Principal, channel_id: str, message_id: str
    ) -> tuple[ChannelRow, MessageRow]:
        """Return a message of the asker's, or in a channel that they manage."""
        channel = self.channels.checked(asker, channel_id, Right.READ)
        row = self.found(channel, message_id)
        manages = (
            channel.kind != ChannelKind.TALK and self.channels.right(asker, channel) is Right.OWN
        )
        if row.user_id != asker.user_id and not manages:
            raise ForbiddenError(Kind.MESSAGE, message_id)
        return channel, row

    @connected
    def pin(self, asker: Principal, channel_id: str, message_id: str, *, pinned: bool) -> Posted:
        """Pin a message, or no longer: who wrote or manages it, in groups and talks all members.

        Raises NotFoundError, and ForbiddenError.
        """
        with self.database.atomic():
            channel = self.channels.checked(asker, channel_id, Right.CHANGE)
            if channel.kind == ChannelKind.STANDARD:
                self.own(asker, channel_id, message_id)
            row = self.found(channel, message_id)
            columns = {
                "is_pinned": pinned,
                "pinned_by": asker.user_id if pinned else "",
                "pinned_ns": time.time_ns() if pinned else 0,
            }
            messages.change(self.database, row.id, columns)
            return self.posted(channel, self.found(channel, row.id))

    @connected
    def react(
        self, asker: Principal, channel_id: str, message_id: str, name: str, *, wanted: bool
    ) -> Posted:
        """Answer a message with an emoji, or no longer; raises NotFoundError, ForbiddenError.

        RuleError where a message has too many different ones.
        """
        with self.database.atomic():
            channel = self.channels.checked(asker, channel_id, Right.CHANGE)
            row = self.found(channel, message_id)
            if wanted:
                known = messages.emojis(self.database, row.id)
                if name not in known and len(known) >= messages.MOST_EMOJIS:
                    raise RuleError(f"name: a message has up to {messages.MOST_EMOJIS} emojis.")
                messages.react(self.database, row.id, asker.user_id, name)
            else:
                messages.react_no_more(self.database, row.id, asker.user_id, name)
            messages.change(self.database, row.id, {})
            return self.posted(channel, self.found(channel, row.id))

    # Files.

    def reader(self, asker: Principal, file_id: str) -> Principal:
        """Return by whose rights somebody reads a file: their own, or those of who posted it."""
        return (self.lender(asker, file_id) if self.channels.is_on else None) or asker

    @connected
    def lender(self, asker: Principal, file_id: str) -> Principal | None:
        """Return by whose rights somebody reads a file of a channel that they may read.

        None where no such channel has the file, or it is theirs.
        """
        places = messages.places_of_file(self.database, file_id)
        if not places or messages.owns_file(self.database, file_id, asker.tenant_id):
            return None
        for channel_id, user_id in places:
            row = channel_queries.find(self.database, channel_id)
            if user_id and row is not None and self.channels.right(asker, row) >= Right.READ:
                return Principal(user_id, user_id)
        return None


def named_in(meta: Mapping[str, object]) -> str:
    """Return what the webhook that wrote a message was called then."""
    found = meta.get(WEBHOOK)
    return str(found.get("name", "")) if isinstance(found, Mapping) else ""
