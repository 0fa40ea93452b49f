"""Channels: made, listed, changed and deleted by whoever may do so."""

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from api.config.frontend import FrontendSettings
from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import (
    NoAccountError,
    NotAllowedError,
    RuleError,
    TakenError,
)
from api.permissions import CHANNELS
from api.services.accounts.access import Right
from api.services.accounts.grant_queries import list_grants
from api.services.accounts.grant_records import GrantRecord
from api.services.accounts.records import Principal
from api.services.channels.queries import channels as queries
from api.services.channels.queries import members
from api.services.channels.records import (
    NO_STANDING,
    Channel,
    ChannelChange,
    ChannelKind,
    ChannelRow,
    NewChannel,
)
from api.services.channels.rights import CLOSED, ChannelRights
from api.services.groups.groups import GroupService
from api.services.groups.permissions import PermissionService
from api.services.stores.queries.knowledge import people
from api.services.unset import UNSET
from api.things import Kind

MOST = 1000
"""Channels of a kind that somebody makes."""

MOST_MEMBERS = 1000
"""People in a group or talk."""

MOST_SHOWN = 50
"""People of a group that a list names."""

OFF = "Channels are switched off: an administrator can switch them on (setting frontend.channels)."


class ChannelService(ChannelRights):
    """Keeps channels."""

    def __init__(
        self,
        database: Database,
        groups: GroupService,
        permissions: PermissionService,
        settings: Callable[[], FrontendSettings],
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        super().__init__(database, groups.people)
        self.groups = groups
        self.permissions = permissions
        self.settings = settings

    # Who may do what.

    @property
    def is_on(self) -> bool:
        """Return whether there are channels at all."""
        return self.settings().channels == "on"

    def check_on(self) -> None:
        """Raise NotAllowedError where there are no channels."""
        if not self.is_on:
            raise NotAllowedError(OFF)

    def check_may(self, asker: Principal) -> None:
        """Raise NotAllowedError where there are no channels, or none for the asker."""
        self.check_on()
        if CHANNELS in self.permissions.denied():
            self.permissions.check(asker, [CHANNELS])

    @connected
    def readers(self, channel_id: str, user_ids: Collection[str]) -> set[str]:
        """Return those of some people who may read a channel; nobody reads one that is gone."""
        row = queries.find(self.database, channel_id)
        return members.readers(self.database, row, user_ids) if row and self.is_on else set()

    @connected
    def ids_of(self, asker: Principal) -> list[str]:
        """Return the channels that somebody may read, by their ids; none where there are none."""
        try:
            self.check_may(asker)
        except NotAllowedError:
            return []
        return [row.id for row in self.rows_of(asker, hidden=True)]

    # Reading.

    def rows_of(self, asker: Principal, *, hidden: bool = False) -> list[ChannelRow]:
        """Return the channels that somebody may read; within a connection."""
        administers = self.administers(asker)
        return queries.readable(self.database, asker, administers=administers, hidden=hidden)

    @connected
    def every(self, asker: Principal) -> list[Channel]:
        """Return all channels that the asker may read, with how much of them is unread."""
        return self.shown(asker, self.rows_of(asker))

    @connected
    def get(self, asker: Principal, channel_id: str) -> Channel:
        """Return a channel that the asker may read; raises NotFoundError."""
        row = self.checked(asker, channel_id, Right.READ)
        (found,) = self.shown(asker, [row])
        right, many = self.right(asker, row), members.count(self.database, row)
        return replace(found, right=right, people_count=many)

    def shown(self, asker: Principal, rows: Sequence[ChannelRow]) -> list[Channel]:
        """Return channels with their members and what is unread; within a connection."""
        said = queries.standings(self.database, asker.user_id, [row.id for row in rows])
        since = {row.id: said.get(row.id, NO_STANDING).last_read_ns for row in rows}
        fresh = {row.id: since[row.id] for row in rows if row.last_message_ns > since[row.id]}
        unread = queries.unread(self.database, asker.user_id, fresh)
        granted = self.granted(asker, [row for row in rows if not row.is_private])
        closed = [row.id for row in rows if row.kind != ChannelKind.STANDARD]
        inside = members.of_channels(self.database, closed)
        named = people(
            self.database, [one for many in inside.values() for one in many[:MOST_SHOWN]]
        )
        return [
            Channel(
                row,
                Right.READ,
                said.get(row.id, NO_STANDING),
                unread.get(row.id, 0),
                [named[one] for one in inside.get(row.id, ())[:MOST_SHOWN] if one in named],
                len(inside.get(row.id, ())),
                granted.get(row.id, ()),
            )
            for row in rows
        ]

    def granted(
        self, asker: Principal, rows: Sequence[ChannelRow]
    ) -> Mapping[str, Sequence[GrantRecord]]:
        """Return to whom channels are granted, by these: all to who manages them, to others theirs.

        Clients show by that whether everybody reads a channel.
        """
        administers = bool(rows) and self.administers(asker)
        own = [
            row.id
            for row in rows
            if row.user_id == asker.user_id or (administers and row.kind == ChannelKind.STANDARD)
        ]
        others = sorted({row.id for row in rows} - set(own))
        return {
            **queries.grants(self.database, own),
            **queries.grants(self.database, others, asker.user_id),
        }

    # Changing.

    def check_grants(self, new: NewChannel, grants: Sequence[object]) -> None:
        """Raise RuleError for grants of a channel that its members alone read."""
        if grants and is_closed(new):
            raise RuleError(CLOSED)

    @connected
    def check_shared(
        self, asker: Principal, channel_id: str, change: ChannelChange, grants: Sequence[object]
    ) -> Sequence[GrantRecord]:
        """Return the grants of a channel of which others may be said with a change of it.

        Raises NotFoundError, ForbiddenError, and RuleError where its members alone read it then.
        """
        row = self.checked(asker, channel_id, Right.OWN)
        closed = row.is_private if change.is_private is UNSET else change.is_private
        if grants and closed:
            raise RuleError(CLOSED)
        return list_grants(self.database, Kind.CHANNEL, row.id)

    @connected
    def create(self, asker: Principal, new: NewChannel) -> Channel:
        """Make a channel; of a talk that is there already, return that.

        Raises NotAllowedError for one of the server, which its administrators make, NotFoundError
        for people and groups that are not there, and RuleError where there are too many.
        """
        if new.kind is ChannelKind.STANDARD:
            self.people.check_administrator(asker)
        inside = self.members_of(asker, new)
        key = talk_key(inside) if new.kind is ChannelKind.TALK else ""
        with self.database.atomic():
            if queries.count(self.database, asker.user_id, new.kind) >= MOST:
                raise RuleError(f"You have made {MOST:,} of these, and there is no room for more.")
            row = self.opened(asker, key) if key else None
            if row is None:
                row = made(asker, new)
                if not queries.add(self.database, row, key):
                    raise TakenError(Kind.CHANNEL, "of these people")
                members.put(self.database, row.id, inside)
        return self.get(asker, row.id)

    def opened(self, asker: Principal, key: str) -> ChannelRow | None:
        """Return the talk of some people, which the asker sees again; within a transaction."""
        row = queries.talk(self.database, key)
        if row is not None:
            queries.say(self.database, row.id, asker.user_id, {"is_active": True})
        return row

    @connected
    def talk_with(self, asker: Principal, user_id: str) -> Channel:
        """Return the talk with somebody, which is made with the first; raises NotFoundError."""
        return self.create(asker, NewChannel(ChannelKind.TALK, "", user_ids=[user_id]))

    def members_of(self, asker: Principal, new: NewChannel) -> list[str]:
        """Return who is to be in a new group or talk; nobody in a channel of the server."""
        if new.kind is ChannelKind.STANDARD:
            if new.user_ids or new.group_ids:
                raise RuleError("user_ids: who reads a channel of the server is said by grants.")
            return []
        wanted = self.people_of(asker, new.user_ids, new.group_ids)
        if new.kind is ChannelKind.TALK and not set(wanted) - {asker.user_id}:
            raise RuleError("user_ids: a talk is with somebody else.")
        return checked_count([asker.user_id, *wanted])

    def people_of(
        self, asker: Principal, user_ids: Sequence[str], group_ids: Sequence[str]
    ) -> list[str]:
        """Return people, and those of groups that the asker is in; raises NotFoundError."""
        there = members.there(self.database, user_ids)
        for one in user_ids:
            if one not in there:
                raise NoAccountError(Kind.ACCOUNT, one)
        found = list(user_ids)
        for group_id in group_ids:
            self.groups.seen_one(asker, group_id)
            found += members.in_group(self.database, group_id)
        return found

    @connected
    def change(self, asker: Principal, channel_id: str, change: ChannelChange) -> Channel:
        """Change what is given of a channel; raises NotFoundError, and ForbiddenError."""
        with self.database.atomic():
            queries.lock(self.database, channel_id)
            row = self.checked(asker, channel_id, Right.OWN)
            if row.kind != ChannelKind.GROUP and change.is_private not in (UNSET, row.is_private):
                raise RuleError("is_private: a group alone can be open to others, or closed.")
            given: Mapping[str, object] = {
                name: getattr(change, name)
                for name in ("name", "description", "is_private", "data", "meta")
                if getattr(change, name) is not UNSET
            }
            queries.change(self.database, channel_id, given)
        return self.get(asker, channel_id)

    @connected
    def delete(self, asker: Principal, channel_id: str) -> ChannelRow:
        """Delete a channel with all that is in it; raises NotFoundError, and ForbiddenError."""
        with self.database.atomic():
            queries.lock(self.database, channel_id)
            row = self.checked(asker, channel_id, Right.OWN)
            queries.delete(self.database, channel_id)
        return row

    # What somebody says of a channel.

    @connected
    def mark_read(self, asker: Principal, channel_id: str) -> None:
        """Note that the asker has read a channel until now; raises NotFoundError."""
        self.say(asker, channel_id, {"last_read_ns": time.time_ns()})

    @connected
    def say(self, asker: Principal, channel_id: str, said: Mapping[str, object]) -> None:
        """Note what the asker says of a channel that they may read; raises NotFoundError."""
        with self.database.atomic():
            queries.lock(self.database, channel_id)
            self.checked(asker, channel_id, Right.READ)
            queries.say(self.database, channel_id, asker.user_id, said)


def made(asker: Principal, new: NewChannel) -> ChannelRow:
    """Return a channel that is to be written."""
    now = now_ms()
    return ChannelRow(
        id=new_id(),
        user_id=asker.user_id,
        kind=new.kind,
        name=new.name,
        description=new.description,
        is_private=is_closed(new),
        last_message_ns=0,
        create_time=now,
        update_time=now,
        data=new.data,
        meta=new.meta,
    )


def is_closed(new: NewChannel) -> bool:
    """Return whether members alone read a channel: always a talk's, never one of the server's."""
    if new.kind is ChannelKind.GROUP:
        return new.is_private
    return new.kind is ChannelKind.TALK


def talk_key(user_ids: Iterable[str]) -> str:
    """Return what is the same for a talk of the same people (SHA-256)."""
    return hashlib.sha256(",".join(sorted(set(user_ids))).encode()).hexdigest()


def checked_count(user_ids: Iterable[str]) -> list[str]:
    """Return people, each once; raises RuleError where they are too many."""
    found = list(dict.fromkeys(user_ids))
    if len(found) > MOST_MEMBERS:
        raise RuleError(f"user_ids: more than {MOST_MEMBERS:,} people.")
    return found
