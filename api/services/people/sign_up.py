"""Signing up: for anybody, by invitation, or with the approval of an administrator."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from api.config.settings import AuthSettings
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import (
    ConflictError,
    ForbiddenError,
    NotAllowedError,
    NotFoundError,
)
from api.services.accounts.accounts import LOCAL, AccountService, check_address
from api.services.accounts.records import AccountRole, Principal, SignedIn
from api.services.accounts.values import NewAccount, Origin
from api.services.people import queries
from api.services.people.people import PeopleService
from api.services.people.records import InvitationRecord, NewInvitation
from api.services.sign_in.outbox import Outbox
from api.services.sign_in.records import MailKind
from api.things import Kind

CLOSED = "Nobody may sign up here."


class SignUpService:
    """Makes accounts for those who come themselves, as the setting `auth.sign_up` says."""

    def __init__(self, accounts: AccountService, people: PeopleService, outbox: Outbox) -> None:
        """Initialize with the parts."""
        self.outbox = outbox
        self.accounts = accounts
        self.people = people

    @property
    def database(self) -> Database:
        """Return where accounts are kept."""
        return self.accounts.database

    @property
    def settings(self) -> Callable[[], AuthSettings]:
        """Return what tells the settings in force."""
        return self.accounts.settings

    def is_open(self) -> bool:
        """Return whether anybody may make an account: `auto` means while there is none."""
        if self.settings().sign_up == "auto":
            return not self.accounts.any_account()
        return self.settings().sign_up in {"on", "approval"}

    def is_for_people(self) -> bool:
        """Return whether people may come by themselves, be it with an invitation."""
        return self.settings().sign_up == "invitation" or self.is_open()

    def register(self, new: NewAccount, code: str = "", origin: Origin = LOCAL) -> SignedIn:
        """Make an account where that is allowed, and sign it in.

        Raises NotAllowedError, RateLimitError, and ForbiddenError without an invitation where that
        is needed, and for an account that was made and waits for an administrator.
        """
        if not code and not self.is_open():
            if self.settings().sign_up == "invitation":
                raise ForbiddenError(Kind.INVITATION)
            raise NotAllowedError(CLOSED)
        self.accounts.limits.signs_up(origin.address)
        role = self.taken_up(new, code) if code else self.role_of_newcomer()
        user_id = self.accounts.create_user(new, role).id
        if role is AccountRole.PENDING:
            raise ForbiddenError(Kind.ACCOUNT)  # it waits for approval
        token = self.accounts.sessions.begin(user_id, origin.agent, address=origin.address)
        return SignedIn(self.accounts.profile_of(user_id), token)

    def role_of_newcomer(self) -> AccountRole:
        """Return the role of who signs up without an invitation; the first is administrator."""
        if not self.accounts.any_account():
            return AccountRole.ADMINISTRATOR
        if self.settings().sign_up == "approval":
            return AccountRole.PENDING
        return AccountRole(self.settings().default_role)

    @connected
    def taken_up(self, new: NewAccount, code: str) -> AccountRole:
        """Take an invitation up, which only one can do, and return its role.

        Raises NotAllowedError and ForbiddenError.
        """
        found = queries.find_invitation(self.database, digest(code))
        invited = found is not None and found.email in {"", new.email.strip().lower()}
        if self.settings().sign_up in {"off", "auto"}:
            raise NotAllowedError(CLOSED)
        self.accounts.check_new(new)
        if found is None or not invited or not queries.delete_invitation(self.database, found.id):
            raise ForbiddenError(Kind.INVITATION)
        return AccountRole(found.role)

    # Invitations, for administrators.

    def invite_by_mail(
        self, asker: Principal, email: str, role: AccountRole, days: int
    ) -> NewInvitation:
        """Make an invitation and mail it.

        Raises NotConfiguredError where no mail is sent, EmailError, and as `invite` does.
        """
        self.outbox.check_open()
        check_address(email.strip())
        made = self.invite(asker, email, role, days)
        self.outbox.queue(MailKind.INVITATION, made.record.email, made.code)
        return made

    @connected
    def invite(self, asker: Principal, email: str, role: AccountRole, days: int) -> NewInvitation:
        """Make an invitation; raises ConflictError where nobody may sign up."""
        self.people.check_administrator(asker)
        if self.settings().sign_up in {"off", "auto"}:
            raise ConflictError(
                "Nobody could take an invitation up: set auth.sign_up to invitation, approval or"
                " on first."
            )
        code = secrets.token_urlsafe(24)
        end = now_ms() + int(timedelta(days=days).total_seconds() * 1000)
        address = email.strip().lower()
        made = queries.add_invitation(
            self.database, asker.user_id, address, role.value, digest(code), end
        )
        return NewInvitation(made, code)

    @connected
    def list_invitations(self, asker: Principal) -> list[InvitationRecord]:
        """Return the invitations that can be taken up, the newest first."""
        self.people.check_administrator(asker)
        return queries.list_invitations(self.database)

    @connected
    def withdraw(self, asker: Principal, invitation_id: str) -> None:
        """Delete an invitation; raises NotFoundError."""
        self.people.check_administrator(asker)
        if not queries.delete_invitation(self.database, invitation_id):
            raise NotFoundError(Kind.INVITATION, invitation_id)


def digest(code: str) -> str:
    """Return the SHA-256 of a code in hex, which is what is kept of it."""
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
