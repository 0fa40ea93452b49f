"""The statements about channels, and what people have said of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from peewee import IntegrityError

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import marks, rows, run
from api.services.accounts.grant_queries import TO_ASKER, forget_things, granted
from api.services.accounts.grant_records import GrantRecord
from api.services.accounts.records import Principal
from api.services.channels.records import ChannelRow, Standing
from api.services.webui.bodies import as_json
from api.things import Kind

ROW = ChannelRow._fields

ADD = (
    "INSERT INTO channel (id, user_id, kind, name, description, is_private, last_message_ns,"
    " create_time, update_time, data, meta, talk_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

MOST_COUNTED = 100
"""Unread messages that are counted in a channel."""

AT_ONCE = 100
"""Channels of which a statement counts what is unread."""

UNREAD = (
    "SELECT ?, COUNT(*) FROM (SELECT 1 FROM channel_message WHERE channel_id = ?"  # noqa: S608 - ours
    f" AND parent_id = '' AND created_ns > ? AND user_id <> ? LIMIT {MOST_COUNTED}) c"
)

OF_MEMBER = "id IN (SELECT channel_id FROM channel_member WHERE user_id = ? AND is_member"

OPEN_GROUP = "(kind = 'group' AND NOT is_private)"

OF_CHANNEL = ("channel_file", "channel_webhook", "channel_member", "channel_answer")


def listing(database: Database) -> Listing:
    """Return the list of all channels."""
    return Listing(database, "channel", ROW)


def find(database: Database, channel_id: str) -> ChannelRow | None:
    """Return a channel, whoever may read it."""
    found = listing(database).where("id = ?", channel_id).tuples()
    return row_of(found[0]) if found else None


def talk(database: Database, key: str) -> ChannelRow | None:
    """Return the talk of some people."""
    found = listing(database).where("talk_key = ?", key).tuples()
    return row_of(found[0]) if found else None


def readable(
    database: Database, asker: Principal, *, administers: bool, hidden: bool
) -> list[ChannelRow]:
    """Return the channels that an asker may read, the oldest first.

    With `hidden` those, too, that they have put away.
    """
    shown = "" if hidden else " AND is_active"
    clauses = [f"{OF_MEMBER}{shown})", OPEN_GROUP, "(kind = '' AND user_id = ?)"]
    values: list[object] = [asker.user_id, asker.user_id]
    if administers:
        clauses.append("kind = ''")
    # Clients read their list again as soon as they hear of a channel: what is remembered of an
    # asker is up to a second old then.
    given = granted(database, Kind.CHANNEL, asker.user_id)
    if given is not None:
        clauses.append(f"(NOT is_private AND {given.clause})")
        values += given.values
    found = listing(database).where(f"({' OR '.join(clauses)})", *values)
    return [row_of(row) for row in found.tuples("ORDER BY create_time, id")]


def row_of(row: Sequence[Any]) -> ChannelRow:
    """Return a channel from its row; MariaDB and SQLite have numbers for truth values."""
    made = ChannelRow._make(row)
    return made._replace(
        is_private=bool(made.is_private),
        data=orjson.loads(str(made.data)),
        meta=orjson.loads(str(made.meta)),
    )


def grants(
    database: Database, channel_ids: Sequence[str], user_id: str = ""
) -> Mapping[str, list[GrantRecord]]:
    """Return to whom channels are granted, by these; with a person those that are theirs alone."""
    names = ("thing_id", "subject_kind", "subject_id", "level", "create_time")
    listing = Listing(database, "access_grant", names).where("kind = ?", Kind.CHANNEL.value)
    if user_id:
        listing.where(TO_ASKER, user_id, user_id)
    found: dict[str, list[GrantRecord]] = {}
    taken = listing.where_in("thing_id", channel_ids).tuples("ORDER BY create_time, id")
    for channel_id, kind, subject_id, level, when in taken:
        grant = GrantRecord(kind, subject_id, level, "", "", when)
        found.setdefault(str(channel_id), []).append(grant)
    return found


def count(database: Database, user_id: str, kind: str) -> int:
    """Return how many channels of a kind somebody has made."""
    statement = "SELECT COUNT(*) FROM channel WHERE user_id = ? AND kind = ?"
    return int(rows(database, statement, user_id, kind)[0][0])


def add(database: Database, row: ChannelRow, talk_key: str) -> bool:
    """Write a channel; false if the same people have a talk already."""
    *first, data, meta = row
    try:
        with database.atomic():
            run(database, ADD, *first, as_json(data), as_json(meta), talk_key or row.id)
    except IntegrityError:
        return False
    return True


def change(database: Database, channel_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of a channel."""
    found = {**columns, "update_time": now_ms()}
    names = ", ".join(f"{name} = ?" for name in found)
    values = [as_json(one) if isinstance(one, Mapping) else one for one in found.values()]
    run(database, f"UPDATE channel SET {names} WHERE id = ?", *values, channel_id)  # noqa: S608 - names of columns


def lock(database: Database, channel_id: str) -> None:
    """Let nobody else change a channel until the transaction ends."""
    run(database, "UPDATE channel SET id = id WHERE id = ?", channel_id)


def delete(database: Database, channel_id: str) -> None:
    """Delete a channel with all that is in it; within a transaction."""
    run(
        database,
        "DELETE FROM channel_reaction WHERE message_id IN"
        " (SELECT id FROM channel_message WHERE channel_id = ?)",
        channel_id,
    )
    for table in (*OF_CHANNEL, "channel_message"):
        run(database, f"DELETE FROM {table} WHERE channel_id = ?", channel_id)  # noqa: S608 - ours
    run(database, "DELETE FROM channel WHERE id = ?", channel_id)
    forget_things(database, Kind.CHANNEL, [channel_id])


# What people have said of channels.


def standings(
    database: Database, user_id: str, channel_ids: Sequence[str]
) -> Mapping[str, Standing]:
    """Return what somebody has said of channels, by their ids."""
    names = ("channel_id", *Standing._fields)
    listing = Listing(database, "channel_member", names).where("user_id = ?", user_id)
    found = listing.where_in("channel_id", channel_ids).tuples()
    return {
        channel_id: Standing(bool(member), bool(active), bool(muted), read)
        for channel_id, member, active, muted, read in found
    }


def say(database: Database, channel_id: str, user_id: str, columns: Mapping[str, object]) -> None:
    """Write what somebody says of a channel; within a transaction that has locked the channel."""
    now = now_ms()
    names = ", ".join(f"{name} = ?" for name in columns)
    statement = f"UPDATE channel_member SET {names}, update_time = ?"  # noqa: S608 - of columns
    where = "WHERE channel_id = ? AND user_id = ?"
    if run(database, f"{statement} {where}", *columns.values(), now, channel_id, user_id):
        return
    kept = {
        "id": new_id(),
        "create_time": now,
        "update_time": now,
        "channel_id": channel_id,
        "user_id": user_id,
        **Standing()._asdict(),
        **columns,
    }
    places = f"({', '.join(kept)}) VALUES ({marks(list(kept))})"
    run(database, f"INSERT INTO channel_member {places}", *kept.values())


def unread(database: Database, user_id: str, since: Mapping[str, int]) -> Mapping[str, int]:
    """Return how many messages of others are newer than some times, by channel; up to some."""
    wanted = list(since.items())
    found: dict[str, int] = {}
    for start in range(0, len(wanted), AT_ONCE):
        batch = wanted[start : start + AT_ONCE]
        values = [value for one, ns in batch for value in (one, one, ns, user_id)]
        statement = " UNION ALL ".join([UNREAD] * len(batch))
        found.update((str(one), int(many)) for one, many in rows(database, statement, *values))
    return found
