"""Conversations that come from another server with their ids and times."""

from collections.abc import Mapping, Sequence

from api.db.connection import Database, connected
from api.errors import TakenError
from api.services.accounts.records import Principal
from api.services.library.names import name_key
from api.services.webui import (
    folder_queries,
    memory_queries,
    queries,
    rating_queries,
    word_queries,
)
from api.services.webui.folder_records import Folder, Tag
from api.services.webui.memory_records import Memory
from api.services.webui.rating_records import Said
from api.services.webui.records import Conversation
from api.services.webui.tags import key_of_tag
from api.things import Kind


class RestoreService:
    """Keeps what another server had, under the ids that it had there."""

    def __init__(self, database: Database) -> None:
        """Initialize with where it is kept."""
        self.database = database

    @connected
    def owner_of(self, chat_id: str) -> str:
        """Return whose a conversation is; empty where there is none of this id."""
        found = queries.find(self.database, chat_id)
        return found[0].user_id if found else ""

    @connected
    def restore(
        self, asker: Principal, conversation: Conversation, tags: Sequence[str] = ()
    ) -> bool:
        """Keep a conversation with its tags as the asker's; false where its id is taken."""
        row = conversation.row._replace(user_id=asker.user_id)
        with self.database.atomic():
            if queries.find(self.database, row.id):
                return False
            queries.add(self.database, row, conversation.body, conversation.tree)
            word_queries.learn_all(self.database, row, conversation.tree)
            wanted = {key_of_tag(name): name.strip() for name in tags}
            for tag in [Tag(key, name, asker.user_id) for key, name in wanted.items() if key]:
                folder_queries.add_tag(self.database, row.id, tag)
        return True

    @connected
    def folder(
        self, asker: Principal, wanted: Sequence[Folder], *, keeps: bool
    ) -> tuple[str, bool]:
        """Return the id of a folder of the asker's, and whether it was made now.

        One that has the id, or is beside it under its name, is taken for it; of `wanted`, which are
        the same but for their ids, the first is made whose id is free; without `keeps` it would be.
        """
        with self.database.atomic():
            folder_queries.lock(self.database, asker.user_id)
            own = folder_queries.of_person(self.database, asker.user_id)
            there = {one.id for one in own} & {one.id for one in wanted}
            named = [one.id for one in own if beside(one, wanted[0])]
            for found in [*there, *named]:
                return found, False
            for one in wanted:
                if folder_queries.find(self.database, one.id) is None:
                    if keeps:
                        folder_queries.add(self.database, one)
                    return one.id, True
        raise TakenError(Kind.FOLDER, wanted[0].name)

    @connected
    def memory(self, asker: Principal, wanted: Sequence[Memory], *, keeps: bool) -> bool:
        """Keep the first of memories, the same but for their ids, whose id is free.

        False where the asker has one of them; without `keeps` none is kept.
        """
        with self.database.atomic():
            owners = [memory_queries.owner_of(self.database, one.id) for one in wanted]
            free = [one for one, owner in zip(wanted, owners, strict=True) if not owner]
            if asker.user_id in owners or not free:
                return False
            if keeps:
                memory_queries.add(self.database, free[0])
        return True

    @connected
    def rating(
        self,
        asker: Principal,
        ids: Sequence[str],
        said: Said,
        times: tuple[int, int],
        *,
        keeps: bool,
    ) -> bool:
        """Keep what the asker has said under the first id that is free; false where it is here.

        Without `keeps` it is not kept.
        """
        with self.database.atomic():
            found = [rating_queries.find(self.database, one) for one in ids]
            if any(one and one.user_id == asker.user_id for one in found):
                return False
            free = [one for one, taken in zip(ids, found, strict=True) if taken is None]
            for one in free[:1] if keeps else ():
                rating_queries.add(self.database, one, asker.user_id, said, times)
            return bool(free)

    @connected
    def keep_preferences(self, asker: Principal, settings: Mapping[str, object]) -> None:
        """Keep what the asker prefers in the front end, unless they have said so here already."""
        with self.database.atomic():
            if not queries.settings_of(self.database, asker.user_id):
                queries.put_settings(self.database, asker.user_id, settings)


def beside(one: Folder, other: Folder) -> bool:
    """Return whether two folders are in the same one under the same name."""
    return (one.parent_id, name_key(one.name)) == (other.parent_id, name_key(other.name))
