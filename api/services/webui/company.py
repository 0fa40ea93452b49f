"""Conversations that several write in: what each may do there, and what stays of all."""

from collections.abc import Iterable, Mapping, Sequence

from api.db.connection import Database
from api.errors import ForbiddenError, NotFoundError, RuleError
from api.services.accounts.access import Right, granted
from api.services.accounts.records import Principal
from api.services.stores.queries.knowledge import people
from api.services.webui import folder_queries, share_queries
from api.services.webui.records import (
    GOES_ON,
    MOST_MESSAGES,
    Conversation,
    ConversationRow,
    Tree,
    TreeMessage,
)
from api.things import Kind

AUTHOR = "user_id"
"""What of a message says who has written it, or asked for it."""

Body = Mapping[str, object]

MOST_NAMES = 500
"""People whose names are looked up for a conversation."""


def right_in(database: Database, asker: Principal, row: ConversationRow) -> Right:
    """Return what an asker may do with a conversation, or, where others may, in it.

    Who has a grant of what is shared of it may go on with it while that is so: clients grant it to
    be read, and say apart that it is gone on with. Of its folder they have what is granted.
    """
    if row.user_id == asker.user_id:
        return Right.OWN
    share_id, mode = share_queries.shared(database, row.id)
    if mode == GOES_ON and granted(database, asker, Kind.CONVERSATION, [share_id]):
        return Right.CHANGE
    held = granted(database, asker, Kind.CHAT_FOLDER, [row.folder]) if row.folder else {}
    return min(held.get(row.folder, Right.NONE), Right.CHANGE)


def is_open(database: Database, row: ConversationRow, mode: str) -> bool:
    """Return whether others may go on with a conversation that is shared in this way."""
    in_folder = bool(row.folder) and folder_queries.is_granted(database, row.folder)
    return mode == GOES_ON or in_folder


def check(database: Database, asker: Principal, row: ConversationRow, right: Right) -> None:
    """Raise NotFoundError for who has no right to a conversation, ForbiddenError for less."""
    held = right_in(database, asker, row)
    if held is Right.NONE:
        raise NotFoundError(Kind.CONVERSATION, row.id)
    if held < right:
        raise ForbiddenError(Kind.CONVERSATION, row.id)


def names_in(database: Database, tree: Tree) -> Mapping[str, str]:
    """Return what those who write in a conversation are called, by their ids."""
    ids = dict.fromkeys(filter(None, (author_of(one, "") for one in tree.messages)))
    return {name: one.name for name, one in people(database, list(ids)[:MOST_NAMES]).items()}


def author_of(message: TreeMessage, owner: str) -> str:
    """Return who has written a message, or asked for it: whose chat it is, unless it says."""
    return str(message.body.get(AUTHOR) or owner)


def signed(message: TreeMessage, author: str) -> TreeMessage:
    """Return a message with who has written it; what they are called is not kept with it."""
    body = {key: value for key, value in message.body.items() if key != "user"}
    return message._replace(body={**body, AUTHOR: author})


def signed_new(tree: Tree, before: Tree, author: str) -> Tree:
    """Return a tree in which those messages are signed that were not there before."""
    known = {one.message_id for one in before.messages}
    messages = (one if one.message_id in known else signed(one, author) for one in tree.messages)
    return Tree(tree.current_id, tuple(messages))


def merged(given: Tree, before: Tree, author: str, owner: str) -> Tree:
    """Return what there is with the new messages of somebody, and their own as they are given.

    Who gives a tree may not have heard yet of what others wrote: that stays. Raises RuleError for
    more messages than a conversation has.
    """
    by_id = {one.message_id: one for one in given.messages}
    kept = [
        signed(by_id.pop(one.message_id), author)
        if one.message_id in by_id and author_of(one, owner) == author
        else one
        for one in before.messages
    ]
    known = {one.message_id for one in before.messages}
    new = [signed(one, author) for name, one in by_id.items() if name not in known]
    if len(kept) + len(new) > MOST_MESSAGES:
        raise RuleError(f"A chat has at most {MOST_MESSAGES:,} messages: begin a new one.")
    return Tree(given.current_id, (*kept, *new))


def own_files(found: Conversation, tree: Tree, asker: Principal) -> tuple[Tree, Body]:
    """Return a tree, and what a conversation keeps, with the files that an asker has named.

    Where several write, those of others are left out: each is read by the rights of who asks, and
    what it says is shown to all.
    """
    owner = found.row.user_id
    if not found.is_open:
        return tree, found.body
    messages = tuple(
        one if author_of(one, owner) == asker.user_id else one._replace(body=without_files(one))
        for one in tree.messages
    )
    return Tree(tree.current_id, messages), found.body if owner == asker.user_id else {}


def without_files(message: TreeMessage) -> Body:
    """Return what a message holds beside files."""
    return {key: value for key, value in message.body.items() if key != "files"}


def check_authors(asker: Principal, found: Conversation, message_ids: Iterable[str]) -> None:
    """Raise ForbiddenError for messages of others in a conversation of somebody else."""
    row, wanted = found.row, set(message_ids)
    if row.user_id == asker.user_id:
        return
    for one in found.tree.messages:
        if one.message_id in wanted and author_of(one, row.user_id) != asker.user_id:
            raise ForbiddenError(Kind.MESSAGE, one.message_id)


def with_answers(messages: Sequence[TreeMessage], message_id: str) -> list[str]:
    """Return the ids of a message and of those that answer it."""
    return [message_id, *(one.message_id for one in messages if one.parent_id == message_id)]
