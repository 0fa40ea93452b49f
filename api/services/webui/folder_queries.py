"""The statements about folders of conversations, and about their tags."""

from collections.abc import Mapping, Sequence

import orjson
from peewee import IntegrityError

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import marks, rows, run
from api.services.library.names import name_key
from api.services.webui.bodies import as_json
from api.services.webui.folder_records import Folder, Tag
from api.things import Kind

ADD = (
    "INSERT INTO webui_folder (id, create_time, update_time, user_id, parent_id, name, name_key,"
    " is_expanded, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

UNREAD = (
    "SELECT folder, COUNT(*) FROM webui_chat WHERE user_id = ? AND is_archived = ?"
    " AND folder <> '' AND last_read_time < update_time GROUP BY folder"
)

ADD_TAG = (
    "INSERT INTO webui_tag (id, create_time, update_time, user_id, chat_id, tag, name)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)

ALL_TAGS = (
    "SELECT tag, MIN(name), user_id FROM webui_tag WHERE user_id = ? GROUP BY tag, user_id"
    " ORDER BY tag"
)


def of_person(database: Database, user_id: str) -> list[Folder]:
    """Return the folders of a person, by name."""
    listing = Listing(database, "webui_folder", Folder._fields).where("user_id = ?", user_id)
    return [folder_of(row) for row in listing.tuples("ORDER BY name_key, id")]


def find(database: Database, folder_id: str) -> Folder | None:
    """Return a folder, whosever it is."""
    found = Listing(database, "webui_folder", Folder._fields).where("id = ?", folder_id).tuples()
    return folder_of(found[0]) if found else None


def of_others(
    database: Database, user_id: str, clause: str, values: Sequence[object]
) -> list[Folder]:
    """Return those folders of others to which a clause leads, by name."""
    listing = Listing(database, "webui_folder", Folder._fields).where(clause, *values)
    listing = listing.where("user_id <> ?", user_id)
    return [folder_of(row) for row in listing.tuples("ORDER BY name_key, id")]


def is_granted(database: Database, folder_id: str) -> bool:
    """Return whether a folder is granted to anybody."""
    statement = "SELECT 1 FROM access_grant WHERE kind = ? AND thing_id = ? LIMIT 1"
    return bool(rows(database, statement, Kind.CHAT_FOLDER, folder_id))


def last_in(database: Database, user_id: str, folder_id: str, limit: int) -> list[str]:
    """Return the ids of conversations directly in a person's folder, the last changed first."""
    where = "user_id = ? AND folder = ? AND is_archived = ?"
    statement = f"SELECT id FROM webui_chat WHERE {where} ORDER BY update_time DESC LIMIT ?"  # noqa: S608 - columns alone
    found = rows(database, statement, user_id, folder_id, False, limit)  # noqa: FBT003 - the value of a column
    return [chat_id for (chat_id,) in found]


def folder_of(row: Sequence[object]) -> Folder:
    """Return a folder from its row; MariaDB and SQLite have numbers for truth values."""
    made = Folder._make(row)
    data, meta = orjson.loads(str(made.data)), orjson.loads(str(made.meta))
    return made._replace(is_expanded=bool(made.is_expanded), data=data, meta=meta)


def add(database: Database, folder: Folder) -> bool:
    """Write a folder; false if there is one of its name beside it."""
    try:
        with database.atomic():
            run(
                database,
                ADD,
                *(folder.id, folder.create_time, folder.update_time, folder.user_id),
                *(folder.parent_id, folder.name, name_key(folder.name), folder.is_expanded),
                *(as_json(folder.data), as_json(folder.meta)),
            )
    except IntegrityError:
        return False
    return True


def change(database: Database, folder_id: str, columns: Mapping[str, object]) -> bool:
    """Write columns of a folder; false if there is one of its name beside it."""
    found = {**columns, "update_time": now_ms()}
    if "name" in columns:
        found["name_key"] = name_key(str(columns["name"]))
    names = ", ".join(f"{name} = ?" for name in found)
    values = [as_json(value) if isinstance(value, Mapping) else value for value in found.values()]
    try:
        with database.atomic():
            run(database, f"UPDATE webui_folder SET {names} WHERE id = ?", *values, folder_id)  # noqa: S608 - names of columns
    except IntegrityError:
        return False
    return True


def lock(database: Database, user_id: str) -> None:
    """Let nobody else change the folders of a person until the transaction ends."""
    run(database, "UPDATE webui_folder SET user_id = user_id WHERE user_id = ?", user_id)


def delete(database: Database, folder_ids: Sequence[str]) -> None:
    """Delete folders; what is in them is elsewhere already."""
    statement = f"DELETE FROM webui_folder WHERE id IN ({marks(folder_ids)})"  # noqa: S608 - marks alone
    run(database, statement, *folder_ids)


def empty(database: Database, user_id: str, folder_ids: Sequence[str]) -> None:
    """Take the conversations out of folders."""
    where = f"user_id = ? AND folder IN ({marks(folder_ids)})"
    run(database, f"UPDATE webui_chat SET folder = '' WHERE {where}", user_id, *folder_ids)  # noqa: S608 - marks alone


def in_folders(database: Database, user_id: str, folder_ids: Sequence[str]) -> list[str]:
    """Return the ids of the conversations in folders."""
    where = f"user_id = ? AND folder IN ({marks(folder_ids)})"
    found = rows(database, f"SELECT id FROM webui_chat WHERE {where}", user_id, *folder_ids)  # noqa: S608 - marks alone
    return [chat_id for (chat_id,) in found]


def unread(database: Database, user_id: str) -> dict[str, int]:
    """Return how many conversations of each folder have changed since they were read."""
    return dict(rows(database, UNREAD, user_id, False))  # noqa: FBT003 - the value of a column


def mark_read(database: Database, user_id: str, folder_ids: Sequence[str], when: int) -> None:
    """Note that what is in folders was read, in ms."""
    where = f"user_id = ? AND folder IN ({marks(folder_ids)})"
    statement = f"UPDATE webui_chat SET last_read_time = ? WHERE {where}"  # noqa: S608 - marks alone
    run(database, statement, when, user_id, *folder_ids)


# Tags.


def all_tags(database: Database, user_id: str) -> list[Tag]:
    """Return the tags of all conversations of a person."""
    return [Tag._make(row) for row in rows(database, ALL_TAGS, user_id)]


def tags_of(database: Database, chat_id: str) -> list[Tag]:
    """Return the tags of a conversation, in the order in which it got them."""
    listing = Listing(database, "webui_tag", Tag._fields).where("chat_id = ?", chat_id)
    return [Tag._make(row) for row in listing.tuples("ORDER BY create_time, id")]


def add_tag(database: Database, chat_id: str, tag: Tag) -> None:
    """Give a conversation a tag that it does not have; it is locked."""
    now = now_ms()
    run(database, ADD_TAG, new_id(), now, now, tag.user_id, chat_id, tag.tag, tag.name)


def remove_tag(database: Database, chat_id: str, tag: str) -> None:
    """Take a tag from a conversation."""
    run(database, "DELETE FROM webui_tag WHERE chat_id = ? AND tag = ?", chat_id, tag)
