"""Moving conversations, with all branches of what was said in them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from api.cli.importing.openwebui.base import OpenWebui
from api.cli.importing.openwebui.people import Owners
from api.cli.importing.openwebui.records import Talk, TalkRow
from api.cli.importing.place import Place
from api.db.base import now_ms
from api.errors import ArgumentError
from api.schemas.openwebui.conversation import UNTITLED, body_of, title_of, tree_of
from api.services.unset import UNSET
from api.services.webui.records import Conversation, ConversationRow, Tree

SECOND = 1000

Json = Mapping[str, Any]


class TalkMove:
    """Brings one conversation after the other here; what is here already is left as it is."""

    def __init__(self, source: OpenWebui, owners: Owners) -> None:
        """Initialize with the parts."""
        self.source = source
        self.owners = owners
        self.restoring = owners.services.webui.restoring
        self.names: dict[str, Mapping[str, str]] = {}

    def here(self, row: TalkRow) -> str:
        """Return the id under which a conversation is here; empty where it is not."""
        place = self.owners.place(row.user_id)
        for own_id in ids_of(row, place):
            if self.restoring.owner_of(own_id) == place.asker.user_id:
                return own_id
        return ""

    def talk(self, row: TalkRow) -> None:
        """Import a conversation, unless it is here."""
        report = self.owners.report
        if self.here(row):
            report.there["conversation"] += 1
            return
        told = self.source.talk(row)
        try:
            found = conversation(told, row.user_id, self.owners.place(row.user_id).asker.user_id)
        except ArgumentError as error:
            report.leave_out(f"conversation {row.title}", error.message)
            return
        if told.share_id:
            report.leave_out(f"link to conversation {row.title}", "links are made anew")
        self.keep(row, found, told.folder_id, self.tags(told))

    def tags(self, told: Talk) -> list[str]:
        """Return what the tags of a conversation are called."""
        if told.user_id not in self.names:
            self.names[told.user_id] = self.source.tag_names(told.user_id)
        known, ids = self.names[told.user_id], told.meta.get("tags")
        wanted = [str(one) for one in ids] if isinstance(ids, list) else []
        return [known.get(one, one.replace("_", " ")) for one in wanted]

    def keep(self, row: TalkRow, found: Conversation, folder_id: str, tags: Sequence[str]) -> None:
        """Keep a conversation under the first of its ids that is free."""
        place = self.owners.place(row.user_id)
        for own_id in ids_of(row, place):
            folder = self.owners.folders.get(folder_id, "")
            row_here = found.row._replace(id=own_id, folder=folder)
            renamed = Conversation(row_here, found.body, found.tree)
            if self.restoring.restore(place.asker, renamed, tags):
                place.ids[row.id] = own_id
                self.owners.report.moved["conversation"] += 1
                return
        self.owners.report.leave_out(f"conversation {row.title}", "both of its ids are taken here")


def ids_of(row: TalkRow, place: Place) -> tuple[str, str]:
    """Return the ids that a conversation may have here: its own, or where it is taken another."""
    return own_id(row.id), place.other_id(row.id)


def own_id(told: str) -> str:
    """Return an id of the other server as ids are here; one in another form is hashed."""
    try:
        return uuid.UUID(told).hex
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_OID, told).hex


def conversation(told: Talk, their_id: str, user_id: str) -> Conversation:
    """Return a conversation as it is kept here; raises ArgumentError where that cannot be."""
    history = history_of(told.chat)
    messages = {
        name: as_of(message, their_id, user_id) for name, message in history["messages"].items()
    }
    chat: dict[str, object] = {
        **told.chat,
        "title": told.title or told.chat.get("title"),
        "history": {**history, "messages": messages},
    }
    title, tree = title_of(chat), tree_of(chat)
    row = ConversationRow(
        id=own_id(told.id),
        user_id=user_id,
        title=UNTITLED if title is UNSET else title,
        current_id=Tree().current_id if tree is UNSET else tree.current_id,
        is_pinned=told.pinned,
        is_archived=told.archived,
        last_read_time=told.last_read_at * SECOND,
        create_time=told.created_at * SECOND or now_ms(),
        update_time=told.updated_at * SECOND or now_ms(),
    )
    return Conversation(row, body_of(chat), Tree() if tree is UNSET else tree)


def history_of(chat: Json) -> Json:
    """Return the tree of messages; that of a chat which is a mere list has one branch."""
    history = chat.get("history")
    if isinstance(history, dict) and isinstance(history.get("messages"), dict):
        return history
    messages, before = dict[str, Json](), ""
    for number, said in enumerate(chat.get("messages") or []):
        name = str(said.get("id") or number)
        messages[name] = {**said, "id": name, "parentId": before or None}
        before = name
    return {"currentId": before or None, "messages": messages}


def as_of(message: object, their_id: str, user_id: str) -> object:
    """Return a message in which its owner is named as they are here."""
    if not isinstance(message, dict) or message.get("user_id") != their_id:
        return message
    who = message.get("user")
    changed = {**message, "user_id": user_id}
    return changed | ({"user": {**who, "id": user_id}} if isinstance(who, dict) else {})
