"""Conversations of a person: kept as trees of messages, listed, changed and deleted."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import ForbiddenError, NotFoundError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.unset import UNSET
from api.services.webui import (
    company,
    folder_queries,
    queries,
    share_queries,
    task_queries,
    word_queries,
)
from api.services.webui.outputs import with_content
from api.services.webui.records import (
    Conversation,
    ConversationChange,
    ConversationRow,
    Tree,
    TreeMessage,
)
from api.things import Kind

BESIDE = frozenset({"files", "models", "timestamp"})
"""What clients keep of a conversation once a question is there, which has it, too."""


class ConversationService:
    """Keeps the conversations of persons; to others exist those that they may go on with."""

    def __init__(self, database: Database) -> None:
        """Initialize with where they are kept."""
        self.database = database

    @connected
    def get(self, asker: Principal, chat_id: str) -> Conversation:
        """Return a conversation that the asker may read; raises NotFoundError."""
        return self.found(asker, chat_id, Right.READ)

    @connected
    def right(self, asker: Principal, chat_id: str) -> Right:
        """Return what the asker may do with a conversation, or in it."""
        found = queries.find(self.database, chat_id)
        return company.right_in(self.database, asker, found[0]) if found else Right.NONE

    @connected
    def row(self, asker: Principal, chat_id: str) -> ConversationRow:
        """Return a conversation without its messages; raises NotFoundError."""
        return self.own(asker, chat_id)[0]

    @connected
    def create(
        self,
        asker: Principal,
        title: str,
        body: Mapping[str, object],
        tree: Tree,
        folder_id: str = "",
    ) -> Conversation:
        """Keep a new conversation and return it; raises NotFoundError for an unknown folder."""
        now = now_ms()
        row = ConversationRow(
            id=new_id(),
            user_id=asker.user_id,
            title=title,
            current_id=tree.current_id,
            is_pinned=False,
            is_archived=False,
            last_read_time=now,
            create_time=now,
            update_time=now,
            folder=folder_id,
        )
        with self.database.atomic():
            check_folder(self.database, asker, folder_id)
            queries.add(self.database, row, body, tree)
            word_queries.learn_all(self.database, row, tree)
        return Conversation(row, body, tree)

    @connected
    def change(self, asker: Principal, chat_id: str, change: ConversationChange) -> Conversation:
        """Change what is given of a conversation and return it; raises NotFoundError.

        Where others write, too, a tree adds messages and changes those of the asker; who has been
        let in changes nothing but messages. Raises ForbiddenError for who may only read.
        """
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            kept = self.found(asker, chat_id, Right.CHANGE)
            change = within(change, asker, kept)
            row, tree = kept.row._replace(update_time=now_ms()), kept.tree
            if change.tree is not UNSET:
                running = {one.message_id for one in task_queries.of_chat(self.database, chat_id)}
                tree = with_running(change.tree, kept.tree, running)
                row = row._replace(current_id=tree.current_id)
                queries.put_messages(self.database, row.id, tree, kept.tree.messages)
            if change.title is not UNSET and change.title != row.title:
                row = row._replace(title=change.title)
                word_queries.learn_all(self.database, row, tree)
            else:
                word_queries.learn_change(self.database, row, kept.tree, tree)
            columns: dict[str, object] = {
                name: getattr(row, name) for name in ("title", "current_id", "update_time")
            }
            if change.body:
                columns["body"] = {**kept.body, **change.body}
            queries.change(self.database, row.id, columns)
            if kept.is_open:  # others may be named now
                return self.found(asker, chat_id, Right.CHANGE)
        return replace(kept, row=row, body={**kept.body, **change.body}, tree=tree)

    @connected
    def say(self, asker: Principal, chat_id: str, message_id: str, content: str) -> Conversation:
        """Change the text of a message; raises NotFoundError, and ForbiddenError for others'."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            kept = self.found(asker, chat_id, Right.CHANGE)
            company.check_authors(asker, kept, [message_id])
            ordinal, message = place_of(kept.tree, message_id)
            said = message._replace(body=with_content(message.body, content))
            queries.change_message(self.database, chat_id, ordinal, said)
            found = self.found(asker, chat_id, Right.CHANGE)
            word_queries.learn_change(self.database, found.row, kept.tree, found.tree)
            return found

    @connected
    def cut(self, asker: Principal, chat_id: str, message_id: str) -> Conversation:
        """Delete a message and those that answer it; what answers these hangs on its parent.

        The newest leaf below the parent is shown from then on. Raises NotFoundError, and
        ForbiddenError for messages of others.
        """
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            kept = self.found(asker, chat_id, Right.CHANGE)
            gone = company.with_answers(kept.tree.messages, message_id)
            company.check_authors(asker, kept, gone)
            tree = without(kept.tree, place_of(kept.tree, message_id)[1])
            queries.put_messages(self.database, chat_id, tree, kept.tree.messages)
            changes = {"update_time": now_ms(), "current_id": tree.current_id}
            queries.change(self.database, chat_id, changes)
            word_queries.learn_all(self.database, kept.row, tree)
            return self.found(asker, chat_id, Right.CHANGE)

    @connected
    def toggle(self, asker: Principal, chat_id: str, flag: str) -> Conversation:
        """Turn a flag of a conversation over; raises NotFoundError."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            row, _ = self.own(asker, chat_id)
            queries.change(self.database, chat_id, {flag: not getattr(row, flag)})
            return self.found(asker, chat_id)

    @connected
    def archive(self, asker: Principal, chat_id: str) -> Conversation:
        """Put a conversation into the archive and out of its folder, or take it out."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            row, _ = self.own(asker, chat_id)
            changes = {"is_archived": not row.is_archived, "folder": ""}
            queries.change(self.database, chat_id, changes)
            return self.found(asker, chat_id)

    @connected
    def move(self, asker: Principal, chat_id: str, folder_id: str) -> Conversation:
        """Put a conversation into a folder, or into none; raises NotFoundError for either."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            self.own(asker, chat_id)
            check_folder(self.database, asker, folder_id)
            queries.change(self.database, chat_id, {"folder": folder_id, "is_pinned": False})
            return self.found(asker, chat_id)

    @connected
    def archive_all(self, asker: Principal, *, archived: bool) -> None:
        """Put all conversations into the archive, or take them out."""
        queries.archive_all(self.database, asker.user_id, archived=archived)

    @connected
    def mark_read(self, asker: Principal, chat_id: str, when: int) -> None:
        """Note when a conversation was last read, in ms; raises NotFoundError."""
        self.own(asker, chat_id)
        queries.change(self.database, chat_id, {"last_read_time": when})

    @connected
    def mark_all_read(self, asker: Principal) -> None:
        """Note that all conversations were read."""
        queries.mark_all_read(self.database, asker.user_id, now_ms())

    @connected
    def delete(self, asker: Principal, chat_id: str) -> None:
        """Delete a conversation; raises NotFoundError."""
        with self.database.atomic():
            self.own(asker, chat_id)
            share_queries.end(self.database, chat_id)
            queries.delete(self.database, chat_id)

    @connected
    def delete_all(self, asker: Principal) -> None:
        """Delete all conversations of the asker."""
        with self.database.atomic():
            share_queries.end_all(self.database, asker.user_id)
            queries.delete_all(self.database, asker.user_id)

    @connected
    def settings(self, asker: Principal) -> Mapping[str, object]:
        """Return what the asker prefers in the front end."""
        return queries.settings_of(self.database, asker.user_id)

    @connected
    def keep_settings(self, asker: Principal, settings: Mapping[str, object]) -> None:
        """Keep what the asker prefers, in place of what was kept before."""
        with self.database.atomic():
            queries.put_settings(self.database, asker.user_id, settings)

    def own(self, asker: Principal, chat_id: str) -> tuple[ConversationRow, Mapping[str, object]]:
        """Return a conversation of the asker without its messages; raises what `reached` does."""
        return self.reached(asker, chat_id, Right.OWN)

    def reached(
        self, asker: Principal, chat_id: str, right: Right
    ) -> tuple[ConversationRow, Mapping[str, object]]:
        """Return a conversation to which the asker has a right, without its messages.

        Raises NotFoundError where they have none, and ForbiddenError where they have less.
        """
        found = queries.find(self.database, chat_id)
        if found is None:
            raise NotFoundError(Kind.CONVERSATION, chat_id)
        company.check(self.database, asker, found[0], right)
        return found

    def found(self, asker: Principal, chat_id: str, right: Right = Right.OWN) -> Conversation:
        """Return a conversation to which the asker has a right; raises what `reached` does.

        Of somebody else's it is told neither where it is filed nor how it is tagged.
        """
        row, body = self.reached(asker, chat_id, right)
        tree = Tree(row.current_id, queries.messages(self.database, chat_id))
        share_id, mode = share_queries.shared(self.database, chat_id)
        is_open = company.is_open(self.database, row, mode)
        names = company.names_in(self.database, tree) if is_open else {}
        if row.user_id == asker.user_id:
            tags = tuple(one.tag for one in folder_queries.tags_of(self.database, chat_id))
            return Conversation(row, body, tree, tags, share_id, mode, names, is_open=is_open)
        may_write = company.right_in(self.database, asker, row) >= Right.CHANGE
        row = row._replace(is_pinned=False, is_archived=False, last_read_time=0, folder="")
        shared = share_id, mode, names, may_write, is_open
        return Conversation(row, body, tree, (), *shared)


def within(change: ConversationChange, asker: Principal, kept: Conversation) -> ConversationChange:
    """Return so much of a change as an asker may make; in company no message is lost.

    Raises ForbiddenError where somebody else's conversation is to change, but no message of it.
    """
    owner = kept.row.user_id
    if change.tree is not UNSET and kept.is_open:
        tree = company.merged(change.tree, kept.tree, asker.user_id, owner)
        change = replace(change, tree=tree)
    if owner == asker.user_id:
        return change
    is_more = change.title is not UNSET or change.body.keys() - BESIDE
    if change.tree is UNSET and is_more:
        raise ForbiddenError(Kind.CONVERSATION, kept.row.id)
    return ConversationChange(tree=change.tree)


def with_running(tree: Tree, before: Tree, running: Collection[str]) -> Tree:
    """Return a tree that is given, in which answers that are being made stay as they are.

    So do the messages that they answer: who gives the tree may not have heard of them yet.
    """
    kept = {
        one.message_id: one
        for message_id in running
        for one in Tree(message_id, before.messages).branch()
    }
    given = {one.message_id for one in tree.messages}
    messages = [
        kept[one.message_id] if one.message_id in running and one.message_id in kept else one
        for one in tree.messages
    ]
    missing = [one for one in before.messages if one.message_id in kept.keys() - given]
    return Tree(tree.current_id, (*messages, *missing))


def check_folder(database: Database, asker: Principal, folder_id: str) -> None:
    """Raise NotFoundError for a folder that is not the asker's; empty is none, and good."""
    if folder_id:
        found = folder_queries.find(database, folder_id)
        if found is None or found.user_id != asker.user_id:
            raise NotFoundError(Kind.FOLDER, folder_id)


def place_of(tree: Tree, message_id: str) -> tuple[int, TreeMessage]:
    """Return a message and its place; raises NotFoundError."""
    for ordinal, message in enumerate(tree.messages):
        if message.message_id == message_id:
            return ordinal, message
    raise NotFoundError(Kind.MESSAGE, message_id)


def without(tree: Tree, gone: TreeMessage) -> Tree:
    """Return a tree without a message and what answers it; what is below moves up."""
    children = {one.message_id for one in tree.messages if one.parent_id == gone.message_id}
    left = tuple(
        one._replace(parent_id=gone.parent_id) if one.parent_id in children else one
        for one in tree.messages
        if one.message_id not in children | {gone.message_id}
    )
    return Tree(newest_leaf(left, gone.parent_id), left)


def newest_leaf(messages: tuple[TreeMessage, ...], root: str) -> str:
    """Return the last of the newest branch below a message, or that message; '' is above all."""
    newest = {one.parent_id: one.message_id for one in messages}
    seen: set[str] = set()
    at = root
    while at in newest and at not in seen:
        seen.add(at)
        at = newest[at]
    return at
