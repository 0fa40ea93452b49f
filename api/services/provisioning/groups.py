"""Groups by SCIM: what an identity provider makes of groups of people."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from api.db.connection import Database, connected, connection
from api.errors import ArgumentError, NotFoundError
from api.services.accounts.records import Principal
from api.services.groups.groups import GroupService
from api.services.groups.queries import list_members, member_ids
from api.services.groups.records import GroupChange, GroupMemberRecord, GroupRecord, NewGroup
from api.services.provisioning.attributes import GROUPS
from api.services.provisioning.errors import InvalidValueError
from api.services.provisioning.mapping import checked
from api.services.provisioning.membership import ids_of, taken_apart, without_members
from api.services.provisioning.patching import Change, patched
from api.services.provisioning.queries import groups as queries
from api.services.provisioning.records import Found, Resource, Wanted
from api.services.provisioning.users import check_version
from api.services.provisioning.values import Document, read_resource

PAGE = 1000
"""Members that are read at once."""


class ProvisionedGroups:
    """Lists, makes, changes and deletes groups for who administers the server."""

    def __init__(self, groups: GroupService) -> None:
        """Initialize with what keeps groups."""
        self.groups = groups

    @property
    def database(self) -> Database:
        """Return where groups are kept."""
        return self.groups.database

    @connected
    def list_groups(self, asker: Principal, wanted: Wanted) -> Found:
        """Return some of the groups; raises InvalidFilterError."""
        self.groups.people.check_administrator(asker)
        return queries.list_groups(self.database, wanted)

    def get(self, asker: Principal, group_id: str) -> Resource:
        """Return a group; raises NotFoundError."""
        return queries.resource_of(self.groups.get(asker, group_id))

    def member_pages(self, group: Resource) -> Iterator[Sequence[GroupMemberRecord]]:
        """Yield the members of a group that was found, a thousand at a time.

        No connection is held between two pages: clients take them as slowly as they like.
        """
        for offset in range(0, group.size, PAGE):
            with connection(self.database):
                page = list_members(self.database, group.id, PAGE, offset)
            yield page

    @connected
    def create(self, asker: Principal, sent: Mapping[str, object]) -> Resource:
        """Make a group; raises InvalidValueError, and TakenError."""
        document, members = read(sent)
        name, external_id = names_of(document)
        with naming_members():
            made = self.groups.create(asker, NewGroup(name, external_id=external_id), members or ())
        return queries.resource_of(made)

    @connected
    def replace(
        self, asker: Principal, group_id: str, sent: Mapping[str, object], versions: Sequence[str]
    ) -> Resource:
        """Change a group to what is sent; without `members` it has none."""
        document, members = read(sent)
        with self.database.atomic():
            known = self.locked(asker, group_id, versions)
            return self.write(asker, known, document, members or ())

    @connected
    def patch(
        self, asker: Principal, group_id: str, changes: Sequence[Change], versions: Sequence[str]
    ) -> Resource:
        """Change some of a group."""
        steps, others = taken_apart(changes)
        with self.database.atomic():
            known = self.locked(asker, group_id, versions)
            document = patched(GROUPS, queries.resource_of(known).document, others)
            members = dict.fromkeys(member_ids(self.database, group_id)) if steps else None
            for step in steps:
                members = step.after(members or ())
            return self.write(asker, known, document, None if members is None else list(members))

    @connected
    def delete(self, asker: Principal, group_id: str, versions: Sequence[str]) -> None:
        """Delete a group; the people in it stay. Raises NotFoundError, and StaleVersionError."""
        with self.database.atomic():
            self.locked(asker, group_id, versions)
            self.groups.delete(asker, group_id)

    # What they have in common, within a transaction.

    def locked(self, asker: Principal, group_id: str, versions: Sequence[str]) -> GroupRecord:
        """Return a group that nobody else changes until the transaction ends."""
        queries.lock(self.database, group_id)
        known = self.groups.get(asker, group_id)
        check_version(queries.resource_of(known), versions)
        return known

    def write(
        self,
        asker: Principal,
        known: GroupRecord,
        document: Document,
        members: Sequence[str] | None,
    ) -> Resource:
        """Write what has changed of a group; None leaves its members as they are."""
        there = set(member_ids(self.database, known.id)) if members is not None else set()
        wanted = set(members or ())
        name, external_id = names_of(document)
        if (name, external_id) != (known.name, known.external_id):
            self.groups.change(asker, known.id, GroupChange(name, external_id=external_id))
        if fresh := [one for one in members or () if one not in there]:
            with naming_members():
                self.groups.add_members(asker, known.id, fresh)
        if gone := there - wanted:
            self.groups.remove_members(asker, known.id, gone)
        return self.get(asker, known.id)


@contextmanager
def naming_members() -> Iterator[None]:
    """Say of people who are not there that a value is wrong: the address names a group.

    Raises InvalidValueError.
    """
    try:
        yield
    except (NotFoundError, ArgumentError) as error:
        raise InvalidValueError(f"`members`: {error.message}") from error


def read(sent: Mapping[str, object]) -> tuple[Document, tuple[str, ...] | None]:
    """Return what is sent of a group, and who is in it; None where nothing is said of that."""
    rest, members = without_members(sent)
    document = read_resource(GROUPS, rest if isinstance(rest, Mapping) else {})
    return document, ids_of(members[-1]) if members else None


def names_of(document: Document) -> tuple[str, str]:
    """Return the name of a group, and what the client calls it; raises InvalidValueError."""
    name = checked(str(document["displayName"]).strip(), "displayName")
    if not name:
        raise InvalidValueError("`displayName` is required.")
    return name, checked(str(document.get("externalId", "")), "externalId")
