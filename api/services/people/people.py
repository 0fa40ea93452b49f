"""People: what administrators do about accounts, and everybody about their own sessions."""

from collections.abc import Mapping

from api.db.connection import Database, connected
from api.errors import ConflictError, NotAllowedError, NotFoundError, TakenError
from api.services.accounts.accounts import AccountService, check_address
from api.services.accounts.records import (
    STANDING,
    AccountRole,
    Principal,
    SessionRecord,
)
from api.services.accounts.values import NewAccount
from api.services.people import queries
from api.services.people.records import (
    OLDEST_FIRST,
    PeopleOrder,
    PersonChange,
    PersonRecord,
)
from api.services.unset import UNSET
from api.things import Kind

MYSELF = "me"
"""Who asks, in the place of an id."""

LAST = (
    "This is the last administrator: make another account an administrator first, so that somebody"
    " can administer the server."
)


class PeopleService:
    """Lists, changes and deletes accounts; the last administrator stays what they are."""

    def __init__(self, accounts: AccountService) -> None:
        """Initialize with the accounts."""
        self.accounts = accounts

    @property
    def database(self) -> Database:
        """Return where accounts are kept."""
        return self.accounts.database

    # For administrators.

    @connected
    def list_people(
        self,
        asker: Principal,
        keywords: str,
        limit: int,
        offset: int,
        order: PeopleOrder = OLDEST_FIRST,
    ) -> tuple[int, list[PersonRecord]]:
        """Return how many accounts there are, and some, the oldest first unless said otherwise."""
        self.check_administrator(asker)
        return queries.list_people(self.database, keywords, limit, offset, order)

    @connected
    def known_to(
        self, asker: Principal, keywords: str, limit: int, offset: int
    ) -> tuple[int, list[PersonRecord]]:
        """Return whom the asker may find: an administrator everybody, others themselves."""
        if self.administers(asker):
            return queries.list_people(self.database, keywords, limit, offset)
        own = [self.found(asker.user_id)]
        found = [one for one in own if keywords.lower() in f"{one.email}\n{one.nickname}".lower()]
        return len(found), found[offset : offset + limit]

    @connected
    def shown(self, asker: Principal, user_id: str) -> PersonRecord:
        """Return an account: one's own, or to an administrator any; raises NotFoundError."""
        whose = self.id_of(asker, user_id)
        if whose != asker.user_id and not self.administers(asker):
            raise NotFoundError(Kind.ACCOUNT, user_id)
        return self.found(whose)

    @connected
    def get(self, asker: Principal, user_id: str) -> PersonRecord:
        """Return an account; raises NotFoundError."""
        self.check_administrator(asker)
        return self.found(self.id_of(asker, user_id))

    def create(self, asker: Principal, new: NewAccount, role: AccountRole) -> PersonRecord:
        """Make an account with a role, whether sign-up is open or not."""
        self.check_administrator(asker)
        return self.found(self.accounts.create_user(new, role).id)

    def change(self, asker: Principal, user_id: str, change: PersonChange) -> PersonRecord:
        """Change an account; a lesser role, a new password and a deactivation end its sessions.

        Raises NotFoundError, EmailError, TakenError for an address that another account has, and
        ConflictError for the last administrator.
        """
        self.check_administrator(asker)
        known = self.found(self.id_of(asker, user_id))
        columns: dict[str, object] = {}
        if change.role is not UNSET and change.role is not known.role:
            columns.update(STANDING[change.role])
        if change.is_active is not UNSET:
            columns.update(activity(known, active=change.is_active))
        if change.nickname is not UNSET:
            columns["nickname"] = change.nickname
        if change.password is not UNSET:
            columns["password_hash"] = self.accounts.passwords.hash(change.password)
        if change.email is not UNSET and change.email.strip().lower() != known.email:
            check_address(change.email.strip())
            columns["email"] = change.email.strip().lower()
        return self.write(known, columns)

    def set_role(self, user_id: str, role: AccountRole) -> PersonRecord:
        """Give an account a role, for the command line and for who signs up."""
        known = self.found(user_id)
        return self.write(known, {} if known.role is role else STANDING[role])

    def set_active(self, user_id: str, *, active: bool) -> PersonRecord:
        """Activate an account, a pending one too, or deactivate it."""
        known = self.found(user_id)
        return self.write(known, activity(known, active=active))

    def erase(self, user_id: str) -> None:
        """Delete an account that owns nothing any more, of which nothing is asked by its sessions.

        Raises NotFoundError, and ConflictError that says what it owns, or for the last
        administrator.
        """
        self.delete_row(self.found(user_id))
        self.accounts.sessions.forget(user_id)

    @connected
    def delete_row(self, known: PersonRecord) -> None:
        """Delete an account from the database; raises as `erase` does."""
        with self.database.atomic():
            self.check_last(known)
            owned = queries.owned_by(self.database, known.id)
            if owned:
                told = ", ".join(f"{count} {name}" for name, count in owned.items())
                raise ConflictError(
                    f"{known.email} owns {told}: say who gets these (`give_to`), delete them"
                    " first, or deactivate the account."
                )
            queries.delete_person(self.database, known.id)

    @connected
    def to_be_asked(self, address: str) -> tuple[str, str]:
        """Return name and address of whom people may ask for access.

        That is the account with an address, or the first administrator where none is given; an
        address without an account has no name. Empty where nobody administers the server.
        """
        if not address:
            return queries.first_administrator(self.database)
        found = queries.find_person_at(self.database, address.strip().lower())
        return (found.nickname if found else "", address)

    # About sessions, everybody's own or those of others to an administrator.

    def list_sessions(self, asker: Principal, user_id: str) -> list[SessionRecord]:
        """Return the sessions of an account, the newest first."""
        return self.accounts.sessions.list_sessions(self.known(asker, user_id))

    def end_sessions(self, asker: Principal, user_id: str) -> None:
        """End the sessions of an account, of one's own all but that which asks."""
        whose = self.known(asker, user_id)
        but = asker.session_id if whose == asker.user_id else ""
        self.accounts.sessions.end_all(whose, but)

    def end_session(self, asker: Principal, user_id: str, session_id: str) -> None:
        """End a session of an account; raises NotFoundError."""
        if not self.accounts.sessions.end_one(self.known(asker, user_id), session_id):
            raise NotFoundError(Kind.SESSION, session_id)

    # What they have in common.

    def known(self, asker: Principal, user_id: str) -> str:
        """Return the id of an account of which the asker may see the sessions."""
        whose = self.id_of(asker, user_id)
        if whose != asker.user_id:
            self.check_administrator(asker)
            self.found(whose)
        return whose

    def id_of(self, asker: Principal, user_id: str) -> str:
        """Return an id, that of the asker for `me`."""
        return asker.user_id if user_id == MYSELF else user_id

    @connected
    def found(self, user_id: str) -> PersonRecord:
        """Return an account; raises NotFoundError."""
        found = queries.find_person(self.database, user_id)
        if found is None:
            raise NotFoundError(Kind.ACCOUNT, user_id)
        return found

    @connected
    def named(self, name: str) -> PersonRecord:
        """Return the account with an address or an id; raises NotFoundError."""
        found = queries.find_person_at(self.database, name.strip().lower())
        return found or self.found(name)

    @connected
    def check_administrator(self, asker: Principal) -> None:
        """Raise NotAllowedError for who does not administer the server."""
        if not self.administers(asker):
            raise NotAllowedError("This is for the administrators of the server alone.")

    @connected
    def administers(self, asker: Principal) -> bool:
        """Return whether the asker administers the server."""
        found = queries.find_person(self.database, asker.user_id)
        return found is not None and found.role is AccountRole.ADMINISTRATOR

    def check_last(self, known: PersonRecord) -> None:
        """Raise ConflictError for the last administrator; nobody becomes it until the end."""
        if queries.administrators(self.database) == [known.id]:
            raise ConflictError(LAST)

    def write(self, known: PersonRecord, columns: Mapping[str, object]) -> PersonRecord:
        """Write columns of an account, and end its sessions where it loses something."""
        if self.put(known, columns):
            self.accounts.sessions.forget(known.id)
        return self.found(known.id)

    def put(self, known: PersonRecord, columns: Mapping[str, object]) -> bool:
        """Write columns of an account; return whether its sessions have ended by that.

        These are to be forgotten then, after the transaction: they may be kept elsewhere.
        """
        loses = columns.get("is_superuser") is False or columns.get("is_active") is False
        ends = loses or "password_hash" in columns
        if columns:
            self.write_row(known, columns, loses=loses, ends=ends)
        return ends

    @connected
    def write_row(
        self, known: PersonRecord, columns: Mapping[str, object], *, loses: bool, ends: bool
    ) -> None:
        """Write columns; the last administrator loses nothing."""
        with self.database.atomic():
            if loses:
                self.check_last(known)
            if not queries.change_person(self.database, known.id, columns, ends_sessions=ends):
                raise TakenError(Kind.ACCOUNT, str(columns.get("email", known.email)))


def activity(known: PersonRecord, *, active: bool) -> Mapping[str, bool]:
    """Return the columns that activate an account, which approves a pending one, or shut it out."""
    if active:
        return {"is_active": True, "is_pending": False}
    return {"is_active": False, "is_pending": known.is_pending}
