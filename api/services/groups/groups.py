"""Groups: made, listed, changed and deleted by administrators, with the people in them."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from api.db.connection import Database, connected
from api.errors import ArgumentError, ConflictError, NotFoundError, TakenError
from api.permissions import with_said
from api.services.accounts.records import Principal
from api.services.groups import queries
from api.services.groups.records import (
    GroupChange,
    GroupFilter,
    GroupMemberRecord,
    GroupRecord,
    NewGroup,
)
from api.services.people.people import PeopleService
from api.services.unset import UNSET
from api.things import Kind

CHANGED = "The group has changed since it was seen: look at it again."

NESTED = "{} is a group: a group has people as members, and no groups."

MOST_LISTED = 1_000_000


class GroupService:
    """Keeps groups of people; a group is never a member of a group, nor of itself."""

    def __init__(self, database: Database, people: PeopleService) -> None:
        """Initialize with the database and what knows who administers the server."""
        self.database = database
        self.people = people

    @connected
    def list_groups(
        self, asker: Principal, wanted: GroupFilter, limit: int, offset: int
    ) -> tuple[int, list[GroupRecord]]:
        """Return how many such groups there are, and some, by name.

        Who administers the server sees all, others those that they are in.
        """
        if wanted.user_id != asker.user_id:
            self.people.check_administrator(asker)
        return queries.list_groups(self.database, wanted, limit, offset)

    @connected
    def seen(self, asker: Principal) -> list[GroupRecord]:
        """Return all groups to an administrator, to others those that they are in; by name."""
        whose = "" if self.people.administers(asker) else asker.user_id
        wanted = GroupFilter(user_id=whose)
        return queries.list_groups(self.database, wanted, MOST_LISTED, 0)[1]

    @connected
    def seen_one(self, asker: Principal, group_id: str) -> GroupRecord:
        """Return a group that the asker administers or is in; raises NotFoundError."""
        if not (self.is_in(asker.user_id, group_id) or self.people.administers(asker)):
            raise NotFoundError(Kind.GROUP, group_id)
        return self.found(group_id)

    @connected
    def ids_by_user(self, asker: Principal, user_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the groups of some people, by their ids; who is in none is left out."""
        self.people.check_administrator(asker)
        return queries.group_ids_of(self.database, user_ids)

    @connected
    def get(self, asker: Principal, group_id: str) -> GroupRecord:
        """Return a group; raises NotFoundError."""
        self.people.check_administrator(asker)
        return self.found(group_id)

    @connected
    def check_for_newcomers(self, group_id: str) -> None:
        """Raise NotFoundError and ConflictError for a group in which new accounts cannot be."""
        if group_id and self.found(group_id).external_id:
            raise ConflictError("A directory keeps this group: it says who is in it.")

    def find(self, name: str) -> GroupRecord | None:
        """Return the group with a name or an id, whoever asks; within a connection."""
        _, found = queries.list_groups(self.database, GroupFilter(name=name), 1, 0)
        return found[0] if found else queries.find_group(self.database, name)

    def is_in(self, user_id: str, group_id: str) -> bool:
        """Return whether somebody is in a group; within a connection."""
        return queries.is_member(self.database, group_id, user_id)

    def named(self, asker: Principal, name: str) -> GroupRecord:
        """Return the group with a name or an id; raises NotFoundError."""
        _, found = self.list_groups(asker, GroupFilter(name=name), 1, 0)
        return found[0] if found else self.get(asker, name)

    @connected
    def create(
        self, asker: Principal, new: NewGroup, user_ids: Collection[str] = ()
    ) -> GroupRecord:
        """Make a group with members.

        Raises TakenError for a name that another has, NotFoundError for people who are not there,
        and ArgumentError for a group among them.
        """
        self.people.check_administrator(asker)
        with self.database.atomic():
            group_id = queries.add_group(self.database, new)
            if not group_id:
                raise TakenError(Kind.GROUP, new.name)
            queries.add_members(group_id, self.checked(user_ids))
            self.say(group_id, new.permissions)
        return self.found(group_id)

    @connected
    def change(
        self, asker: Principal, group_id: str, change: GroupChange, seen: int | None = None
    ) -> GroupRecord:
        """Change a group and return it; raises what `create` does, and NotFoundError.

        With the `update_time` that was `seen`, ConflictError if the group has changed since.
        """
        self.people.check_administrator(asker)
        given = {
            "name": change.name,
            "description": change.description,
            "external_id": change.external_id,
        }
        columns = {name: value for name, value in given.items() if value is not UNSET}
        with self.database.atomic():
            self.lock(group_id, seen)
            if columns and not queries.change_group(self.database, group_id, columns):
                raise TakenError(Kind.GROUP, str(change.name))
            if change.member_ids is not UNSET:
                self.replace(group_id, change.member_ids)
            self.say(group_id, change.permissions)
        return self.found(group_id)

    @connected
    def delete(self, asker: Principal, group_id: str, seen: int | None = None) -> None:
        """Delete a group; its members stay, without what it gave them. Raises NotFoundError."""
        self.people.check_administrator(asker)
        with self.database.atomic():
            self.lock(group_id, seen)
            queries.delete_group(self.database, group_id)

    # Members.

    @connected
    def list_members(
        self, asker: Principal, group_id: str, limit: int = MOST_LISTED, offset: int = 0
    ) -> tuple[int, list[GroupMemberRecord]]:
        """Return how many members a group has, and some, those of longest standing first."""
        self.people.check_administrator(asker)
        known = self.found(group_id)
        return known.member_count, queries.list_members(self.database, group_id, limit, offset)

    @connected
    def find_members(
        self, asker: Principal, group_id: str, keywords: str, limit: int, offset: int
    ) -> tuple[int, list[GroupMemberRecord]]:
        """Return how many members have a text in address or name, and some."""
        self.people.check_administrator(asker)
        self.found(group_id)
        return queries.find_members(self.database, group_id, keywords, limit, offset)

    @connected
    def add_members(
        self, asker: Principal, group_id: str, user_ids: Collection[str], seen: int | None = None
    ) -> GroupRecord:
        """Make people members, those who are not yet; all of them or none.

        Raises NotFoundError, and ArgumentError for a group among them.
        """
        self.people.check_administrator(asker)
        with self.database.atomic():
            self.lock(group_id, seen)
            there = set(queries.member_ids(self.database, group_id))
            fresh = [one for one in self.checked(user_ids) if one not in there]
            queries.add_members(group_id, fresh)
        return self.found(group_id)

    @connected
    def remove_members(
        self, asker: Principal, group_id: str, user_ids: Collection[str], seen: int | None = None
    ) -> GroupRecord:
        """End memberships; who is no member stays none. Raises NotFoundError for the group."""
        self.people.check_administrator(asker)
        with self.database.atomic():
            self.lock(group_id, seen)
            queries.remove_members(self.database, group_id, user_ids)
        return self.found(group_id)

    # For who signs in through a directory.

    @connected
    def put_into(self, user_id: str, names: Iterable[str], *, makes: bool = False) -> None:
        """Make somebody a member of the groups with these names, and of no others.

        Names without a group are passed over, or with `makes` their groups are made.
        """
        with self.database.atomic():
            wanted = {found for name in names if (found := self.id_for(name, makes=makes))}
            held = {group.id for group in self.groups_of(user_id)}
            for group_id in sorted(wanted ^ held):
                queries.lock_group(self.database, group_id)
                if group_id in wanted:
                    queries.add_members(group_id, [user_id])
                else:
                    queries.remove_members(self.database, group_id, [user_id])

    @connected
    def groups_of(self, user_id: str) -> list[GroupRecord]:
        """Return the groups that somebody is in, by name."""
        wanted = GroupFilter(user_id=user_id)
        return queries.list_groups(self.database, wanted, MOST_LISTED, 0)[1]

    # What they have in common. Within a connection.

    def found(self, group_id: str) -> GroupRecord:
        """Return a group; raises NotFoundError."""
        found = queries.find_group(self.database, group_id)
        if found is None:
            raise NotFoundError(Kind.GROUP, group_id)
        return found

    def lock(self, group_id: str, seen: int | None) -> None:
        """Let nobody else change a group until the transaction ends; see `change`."""
        if not queries.lock_group(self.database, group_id, seen):
            self.found(group_id)
            raise ConflictError(CHANGED)

    def checked(self, user_ids: Collection[str]) -> Sequence[str]:
        """Return ids of people, each once, who stay there until the transaction ends."""
        distinct = list(dict.fromkeys(user_ids))
        known = queries.known_among(self.database, "account", distinct)
        missing = [user_id for user_id in distinct if user_id not in known]
        if nested := queries.known_among(self.database, "people_group", missing):
            raise ArgumentError(NESTED.format(min(nested)))
        if missing:
            raise NotFoundError(Kind.ACCOUNT, *missing)
        return distinct

    def replace(self, group_id: str, user_ids: Collection[str]) -> None:
        """Make these people the members of a group."""
        there = set(queries.member_ids(self.database, group_id))
        wanted = self.checked(user_ids)
        queries.remove_members(self.database, group_id, there - set(wanted))
        queries.add_members(group_id, [one for one in wanted if one not in there])

    def say(self, group_id: str, said: Sequence[tuple[str, bool]]) -> None:
        """Let a group give what of some permissions is on, and not what is off; the others stay."""
        if said:
            names = with_said(queries.permissions_of(self.database, group_id), said)
            queries.set_permissions(self.database, group_id, names)

    def id_for(self, name: str, *, makes: bool) -> str:
        """Return the id of the group with a name, which is made if need be; empty for none."""
        _, found = queries.list_groups(self.database, GroupFilter(name=name), 1, 0)
        if found:
            return found[0].id
        return queries.add_group(self.database, NewGroup(name)) if makes and name else ""
