"""People by SCIM: what an identity provider makes of accounts."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from api.db.connection import Database, connected
from api.errors import ConflictError, NotFoundError, TakenError
from api.services.accounts.queries.accounts import add_account, change_account
from api.services.accounts.records import AccountRole, Principal
from api.services.groups.groups import GroupService
from api.services.people.people import PeopleService, activity
from api.services.people.queries import owned_by
from api.services.people.records import PersonRecord
from api.services.provisioning.attributes import PEOPLE
from api.services.provisioning.errors import MutabilityError, StaleVersionError
from api.services.provisioning.mapping import address_of, check_names, nickname_of
from api.services.provisioning.patching import Change, patched
from api.services.provisioning.queries import users as queries
from api.services.provisioning.records import Found, Resource, Wanted
from api.services.provisioning.values import Document, Value, read_resource
from api.things import Kind

ATTEMPTS = 5
"""How often a change is made anew when somebody else was faster."""

CROWDED = "The account is being changed by others all the time: try again."


class ProvisionedPeople:
    """Lists, makes, changes and deletes people for who administers the server.

    Whoever has an account is there, whether SCIM made it or not.
    """

    def __init__(self, people: PeopleService, groups: GroupService) -> None:
        """Initialize with what administrators do about accounts, and groups."""
        self.people = people
        self.groups = groups

    @property
    def database(self) -> Database:
        """Return where accounts are kept."""
        return self.people.database

    @connected
    def list_people(self, asker: Principal, wanted: Wanted) -> Found:
        """Return some of the people; raises InvalidFilterError."""
        self.people.check_administrator(asker)
        return queries.list_people(self.database, wanted)

    @connected
    def get(self, asker: Principal, user_id: str) -> Resource:
        """Return a person; raises NotFoundError."""
        self.people.check_administrator(asker)
        return self.found(user_id)

    def create(self, asker: Principal, sent: Mapping[str, object]) -> Resource:
        """Make an account, or take one up again that SCIM has deleted and that was kept.

        Raises InvalidValueError, and TakenError.
        """
        self.people.check_administrator(asker)
        document = dict(read_resource(PEOPLE, sent))
        check_names(document)
        password_hash = self.hashed(document) or self.unusable
        document.setdefault("active", True)
        made = self.insert(document, password_hash)
        if made is None:
            raise TakenError(Kind.ACCOUNT, address_of(document))
        return self.get(asker, made)

    def replace(
        self, asker: Principal, user_id: str, sent: Mapping[str, object], versions: Sequence[str]
    ) -> Resource:
        """Change a person to what is sent; without a word of `active` that stays."""

        def make(known: Document) -> Document:
            made = dict(read_resource(PEOPLE, sent))
            if "active" in known:
                made.setdefault("active", known["active"])
            return made

        return self.change(asker, user_id, versions, make)

    def patch(
        self, asker: Principal, user_id: str, changes: Sequence[Change], versions: Sequence[str]
    ) -> Resource:
        """Change some of a person."""
        return self.change(asker, user_id, versions, lambda known: patched(PEOPLE, known, changes))

    @connected
    def delete(self, asker: Principal, user_id: str, versions: Sequence[str]) -> None:
        """Delete an account; one that owns something is deactivated, and SCIM knows it no more.

        Raises NotFoundError, StaleVersionError, and ConflictError for the last administrator.
        """
        self.people.check_administrator(asker)
        with self.database.atomic():
            queries.lock(self.database, user_id)
            check_version(self.found(user_id), versions)
            person = self.people.found(user_id)
            self.people.check_last(person)
            if owned_by(self.database, user_id):
                self.people.put(person, {"is_active": False})
                self.groups.put_into(user_id, ())
                queries.mark_deleted(self.database, user_id)
            else:
                self.people.delete_row(person)
        self.forget_sessions([user_id])

    # What they have in common.

    def found(self, user_id: str) -> Resource:
        """Return a person; raises NotFoundError."""
        found = queries.find_person(self.database, user_id)
        if found is None:
            raise NotFoundError(Kind.ACCOUNT, user_id)
        return found

    def change(
        self,
        asker: Principal,
        user_id: str,
        versions: Sequence[str],
        make: Callable[[Document], Document],
    ) -> Resource:
        """Write what a function makes of a person, unless somebody else was faster.

        Then it is made anew. What changes nothing is not written. Raises NotFoundError,
        StaleVersionError, TakenError, and ConflictError for the last administrator.
        """
        for _ in range(ATTEMPTS):
            known = self.get(asker, user_id)
            check_version(known, versions)
            document = dict(make(known.document))
            check_names(document)
            password_hash = self.hashed(document)
            if document == known.document and not password_hash:
                return known
            if self.write(known, document, password_hash):
                return self.get(asker, user_id)
        raise ConflictError(CROWDED)

    @connected
    def write(self, known: Resource, document: Document, password_hash: str) -> bool:
        """Write a person at once; false where it is not what it was. Raises TakenError."""
        ended: list[str] = []

        def write() -> bool:
            queries.lock(self.database, known.id)
            if self.found(known.id).version != known.version:
                return False
            self.check_name(document, known.id)
            person = self.people.found(known.id)
            columns = columns_of(person, known.document, document, password_hash)
            check_administrators(person, columns)
            if self.people.put(person, columns):
                ended.append(known.id)
            queries.keep(self.database, known.id, document)
            return True

        written = queries.unless_taken(self.database, document, known.id, write)
        if written is None:
            raise TakenError(Kind.ACCOUNT, address_of(document))
        self.forget_sessions(ended)
        return written

    @connected
    def insert(self, document: Document, password_hash: str) -> str | None:
        """Write a new person, or one who comes back; return the id, None where a name is taken."""
        address = address_of(document)
        ended: list[str] = []

        def write() -> str | None:
            self.check_name(document)
            user_id = queries.deleted_with(self.database, address)
            if user_id:
                person = self.people.found(user_id)
                columns = {**activity(person, active=True), "password_hash": password_hash}
                self.people.put(person, {**columns, "nickname": nickname_of(document)})
                ended.append(user_id)
            else:
                user_id = self.added(address, nickname_of(document), password_hash)
            if user_id and document["active"] is False:
                change_account(user_id, {"is_active": False})
            if user_id:
                queries.keep(self.database, user_id, document)
            return user_id or None

        made = queries.unless_taken(self.database, document, "", write)
        self.forget_sessions(ended if made else ())
        return made

    def forget_sessions(self, user_ids: Iterable[str]) -> None:
        """Remove the sessions of accounts that have ended, which may be kept elsewhere."""
        for user_id in user_ids:
            self.people.accounts.sessions.forget(user_id)

    def added(self, address: str, nickname: str, password_hash: str) -> str:
        """Write an account; return its id, nothing where the address is taken."""
        role, group_id = AccountRole.USER, self.people.accounts.settings().default_group
        made = add_account(self.database, address, nickname, password_hash, role, group_id)
        return made.id if made else ""

    def check_name(self, document: Document, user_id: str = "") -> None:
        """Raise TakenError for a user name that another account has."""
        name = str(document["userName"])
        if set(queries.ids_named(self.database, name.lower())) - {user_id}:
            raise TakenError(Kind.ACCOUNT, name)

    def hashed(self, document: dict[str, Value]) -> str:
        """Take the password out of a document, and return its hash; nothing where there is none."""
        password = document.pop("password", None)
        return self.people.accounts.passwords.hash(str(password)) if password else ""

    @cached_property
    def unusable(self) -> str:
        """Return a hash of what nobody knows, for accounts that come without a password.

        To compare with it takes as long as with any, so that it does not tell of itself.
        """
        return self.people.accounts.passwords.hash_again(secrets.token_hex(32))


def columns_of(
    person: PersonRecord, old: Document, new: Document, password_hash: str
) -> dict[str, object]:
    """Return the columns of an account that a change of the resource changes."""
    columns: dict[str, object] = {"password_hash": password_hash} if password_hash else {}
    active = new.get("active")
    if isinstance(active, bool) and active is not person.is_active:
        columns.update(activity(person, active=active))
    if address_of(new) != address_of(old):
        columns["email"] = address_of(new)
    if nickname_of(new) != nickname_of(old):
        columns["nickname"] = nickname_of(new)
    return columns


def check_administrators(person: PersonRecord, columns: Mapping[str, object]) -> None:
    """Raise MutabilityError for what would let a client of SCIM administer the server itself."""
    if person.role is AccountRole.ADMINISTRATOR and columns.keys() & {"password_hash", "email"}:
        raise MutabilityError("Address and password of an administrator are not changed by SCIM.")


def check_version(known: Resource, versions: Sequence[str]) -> None:
    """Raise StaleVersionError for a resource that is in none of some versions, if any are named."""
    if versions and known.version not in versions:
        raise StaleVersionError
