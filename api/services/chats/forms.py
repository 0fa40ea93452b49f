"""Assistants as forms have them: whole, under any name, with datasets that may be gone."""

from collections.abc import Sequence
from dataclasses import replace

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import NoDatasetsError
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.chats.chats import ChatService
from api.services.chats.queries.chats import (
    chats_by_id,
    delete_chats,
    insert_chat,
    locked_chat,
    save_chat,
    taken_names,
)
from api.services.chats.records import ChatRecord, ShownChat
from api.services.chats.values import ChatChanges
from api.services.library.names import candidates, name_key, numbered_title
from api.services.unset import UNSET
from api.things import Kind
from rag.generation.prompt import KNOWLEDGE

LONGEST_NAME = 255
PLACE = f"{{{KNOWLEDGE}}}"


class ChatForms:
    """Keeps assistants that are edited in a form.

    A name that is taken gets a number. Datasets that are gone, or closed to the asker, are left
    out; those without chunks are kept, as their documents may be parsed yet.
    """

    def __init__(self, database: Database, chats: ChatService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.chats = chats

    @connected
    def create(self, asker: Principal, changes: ChatChanges) -> ShownChat:
        """Create an assistant of the asker's tenant and return it."""
        blank = self.chats.blank(asker.tenant_id)
        chat = self.chats.with_changes(blank, self.with_readable(asker, changes))
        taken = taken_names(self.database, asker.tenant_id)
        for name in candidates(chat.name, numbered_title(LONGEST_NAME), taken):
            if insert_chat(self.database, chat._replace(name=name)):
                break  # else somebody has just taken the name
        return self.chats.get(asker, chat.id)

    @connected
    def update(self, asker: Principal, chat_id: str, changes: ChatChanges) -> ShownChat:
        """Change what is given of an assistant and return it."""
        with self.database.atomic():
            found = locked_chat(self.database, chat_id)
            stored = check(self.database, asker, found, Right.CHANGE, Kind.CHAT, chat_id)
            given = self.chats.with_hidden(asker, stored, self.with_readable(asker, changes))
            chat = self.chats.with_changes(stored, given)
            if PLACE in chat.prompting.text and not chat.dataset_ids:
                raise NoDatasetsError
            self.save(chat._replace(update_time=now_ms()), name_key(stored.name))
        return self.chats.get(asker, chat_id)

    @connected
    def delete(self, asker: Principal, ids: Sequence[str]) -> None:
        """Delete assistants, unless one is somebody else's; those that are gone are passed over."""
        found = chats_by_id(self.database, ids)
        for chat_id, chat in found.items():
            check(self.database, asker, chat, Right.OWN, Kind.CHAT, chat_id)
        delete_chats(self.database, asker.tenant_id, list(found))

    def save(self, chat: ChatRecord, own: str) -> None:
        """Store an assistant that has changed; `own` is how its name was compared before."""
        taken = taken_names(self.database, chat.tenant_id) - {own}
        for name in candidates(chat.name, numbered_title(LONGEST_NAME), taken):
            if save_chat(self.database, chat._replace(name=name)):
                break  # else somebody has just taken the name

    def with_readable(self, asker: Principal, changes: ChatChanges) -> ChatChanges:
        """Return changes with those of the datasets that are there and the asker may read."""
        if changes.dataset_ids is UNSET:
            return changes
        return replace(changes, dataset_ids=self.chats.readable(asker, changes.dataset_ids))
