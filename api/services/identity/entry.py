"""Whose account somebody gets whom another place knows, and as what."""

import hashlib
import logging

from api.config.identity import EntrySettings
from api.db.connection import Database, connected
from api.errors import ConflictError
from api.federation.base import FederationError, Identity, Problem
from api.services.accounts.accounts import EMAIL, AccountService
from api.services.accounts.queries.accounts import add_account
from api.services.accounts.records import AccountRole
from api.services.accounts.values import Origin
from api.services.groups.groups import GroupService
from api.services.identity import queries
from api.services.identity.records import Entered
from api.services.people.people import PeopleService
from api.services.people.queries import delete_invitation
from api.services.people.records import PersonRecord
from api.services.people.sign_up import SignUpService

log = logging.getLogger(__name__)

NO_PASSWORD = ""
"""What is kept of the password of who has none here: nothing matches it."""


class Entry:
    """Finds, links or makes the account of a person, and gives it the role that they have there."""

    def __init__(
        self,
        accounts: AccountService,
        people: PeopleService,
        sign_up: SignUpService,
        groups: GroupService,
    ) -> None:
        """Initialize with the parts."""
        self.accounts = accounts
        self.groups = groups
        self.people = people
        self.sign_up = sign_up

    @property
    def database(self) -> Database:
        """Return where accounts are kept."""
        return self.accounts.database

    @connected
    def enter(self, identity: Identity, place: str, rules: EntrySettings) -> Entered:
        """Return the account of a person; raises FederationError where they have and get none.

        `place` is the section of the settings in which the rules are.
        """
        if not rules.welcomes(identity.held) or not rules.takes(identity.email):
            raise FederationError(Problem.UNWELCOME, f"{place}: {identity.email} may not come in.")
        person = digest(identity.issuer, identity.subject)
        found = queries.find_identity(self.database, person)
        if found is None:
            found = self.join(identity, place, rules, person)
        self.set_role(found.user_id, rules.administers(identity.held))
        if rules.groups != "off":
            self.groups.put_into(found.user_id, identity.groups, makes=rules.groups == "all")
        return found

    def begin(self, entered: Entered, origin: Origin) -> str:
        """Return the token of a session of an account; raises FederationError for one shut out."""
        token = self.accounts.sessions.begin(entered.user_id, origin.agent, address=origin.address)
        if not token:
            known = self.people.found(entered.user_id)
            problem = Problem.PENDING if known.is_pending else Problem.DEACTIVATED
            raise FederationError(problem, f"The account {known.email} is {problem}.")
        return token

    def join(self, identity: Identity, place: str, rules: EntrySettings, person: str) -> Entered:
        """Link an account with a person, or make one for them."""
        email = identity.email
        if not identity.is_verified or not EMAIL.fullmatch(email):
            said = f"{place} does not say that the address {email!r} is that of {identity.subject}."
            raise FederationError(Problem.UNVERIFIED, said)
        kept = self.accounts.credentials_of(email)
        if kept is None:
            return self.make(identity, place, rules, person)
        if not rules.links:
            said = f"{email} has an account already, which {place} opens only with link_by_email."
            raise FederationError(Problem.TAKEN, said)
        linked = queries.add_identity(
            self.database, kept.user_id, place, identity.subject, person, email
        )
        log.info("The account %s is that of a person of %s from now on.", email, place)
        return linked or self.known(person)

    def make(self, identity: Identity, place: str, rules: EntrySettings, person: str) -> Entered:
        """Make the account of a person, and note whose it is, both or nothing."""
        name = identity.name[:100] or identity.email.partition("@")[0][:100]
        with self.database.atomic() as change:
            role = self.role_of_newcomer(identity, rules)
            group_id = self.accounts.settings().default_group
            made = add_account(self.database, identity.email, name, NO_PASSWORD, role, group_id)
            entered = made and queries.add_identity(
                self.database, made.id, place, identity.subject, person, identity.email
            )
            if not entered:  # they come twice at once
                change.rollback()
        return entered or self.known(person)

    def known(self, person: str) -> Entered:
        """Return the account that a person has got meanwhile."""
        found = queries.find_identity(self.database, person)
        if found is None:
            raise FederationError(Problem.TAKEN, "The address was taken meanwhile.")
        return found

    def role_of_newcomer(self, identity: Identity, rules: EntrySettings) -> AccountRole:
        """Return as what somebody begins; raises FederationError where nobody may."""
        default = AccountRole(self.accounts.settings().default_role)
        own = {"on": default, "approval": AccountRole.PENDING}.get(rules.sign_up)
        role = own or (self.role_here(identity.email) if rules.sign_up == "auto" else None)
        if role is None:
            raise FederationError(Problem.CLOSED, f"{identity.email} may not sign up here.")
        return AccountRole.ADMINISTRATOR if rules.administers(identity.held) else role

    def role_here(self, email: str) -> AccountRole | None:
        """Return the role of who signs up by the rules of this server; None where they may not."""
        if self.sign_up.is_open():
            return self.sign_up.role_of_newcomer()
        invited = queries.invitation_of(self.database, email)
        if self.accounts.settings().sign_up != "invitation" or invited is None:
            return None
        return AccountRole(invited[1]) if delete_invitation(self.database, invited[0]) else None

    def set_role(self, user_id: str, administers: bool | None) -> None:  # noqa: FBT001 - what rules say
        """Make somebody an administrator or a user, where their place says which of both."""
        known = self.people.found(user_id)
        wanted = AccountRole.ADMINISTRATOR if administers else AccountRole.USER
        if administers is None or known.role is wanted or not may_change(known, wanted):
            return
        try:
            self.people.set_role(user_id, wanted)
        except ConflictError as error:
            log.warning("%s stays an administrator: %s", known.email, error)


def may_change(known: PersonRecord, wanted: AccountRole) -> bool:
    """Return whether a role takes the place of another: who waits may become administrator."""
    if known.role is AccountRole.PENDING:
        return wanted is AccountRole.ADMINISTRATOR
    return known.is_active


def digest(*parts: str) -> str:
    """Return the SHA-256 (hex) of some texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
