"""Members of tenants: who may use what its owner shares."""

from api.db.connection import Database, connected
from api.errors import ConflictError, NoAccountError, NotFoundError
from api.services.accounts.access import Right, check
from api.services.accounts.queries import accounts as queries
from api.services.accounts.records import MemberRecord, MembershipRecord, Principal, Role
from api.things import Kind


class MemberService:
    """The members of tenants: the owner invites them, and each of them may list them.

    A member uses those datasets whose permission is "team"; see `api.services.accounts.access`.
    """

    def __init__(self, database: Database) -> None:
        """Initialize with the database."""
        self.database = database

    @connected
    def list_tenants(self, asker: Principal) -> list[MembershipRecord]:
        """Return the tenants of which the asker is a member, their own among them."""
        return queries.list_memberships(self.database, asker.user_id)

    @connected
    def list_members(self, asker: Principal, tenant_id: str) -> list[MemberRecord]:
        """Return the members of a tenant, the owner among them; raises NotFoundError."""
        check(
            self.database, asker, queries.find_tenant(tenant_id), Right.READ, Kind.TENANT, tenant_id
        )
        return queries.list_members(self.database, tenant_id)

    @connected
    def add(self, asker: Principal, email: str) -> None:
        """Make the account with an address a member, invited or not.

        Raises NotFoundError and ConflictError.
        """
        user_id = self.user_id_of(email)
        if queries.accept_invitation(asker.tenant_id, user_id):
            return
        if not queries.add_member(self.database, asker.tenant_id, user_id, Role.MEMBER):
            raise ConflictError(f"{email} is a member already.")

    @connected
    def invite(self, asker: Principal, tenant_id: str, email: str) -> MemberRecord:
        """Invite the account with an address, to which nothing is open before it accepts.

        Raises NotFoundError, ForbiddenError, and ConflictError where it is there already.
        """
        self.check_owner(asker, tenant_id)
        user_id = self.user_id_of(email)
        if not queries.add_member(self.database, tenant_id, user_id, Role.INVITED):
            raise ConflictError(f"{email} is a member or invited already.")
        members = queries.list_members(self.database, tenant_id)
        return next(member for member in members if member.user_id == user_id)

    @connected
    def accept(self, asker: Principal, tenant_id: str) -> None:
        """Accept an invitation, which takes effect with the next request; raises NotFoundError."""
        if not queries.accept_invitation(tenant_id, asker.user_id):
            raise NotFoundError(Kind.TENANT, tenant_id)

    @connected
    def end(self, asker: Principal, tenant_id: str, user_id: str) -> None:
        """End a membership or an invitation: the owner anybody's, all others their own.

        Raises NotFoundError, ForbiddenError, and ConflictError for the owner's own.
        """
        if asker.user_id != user_id or user_id == tenant_id:
            self.check_owner(asker, tenant_id)
        if user_id == tenant_id:
            raise ConflictError("The owner stays a member.")
        if not queries.remove_member(tenant_id, user_id):
            kind = Kind.TENANT if asker.user_id == user_id else Kind.MEMBER
            raise NotFoundError(kind, tenant_id if kind is Kind.TENANT else user_id)

    @connected
    def remove(self, asker: Principal, email: str) -> None:
        """End the membership of the account with an address, or its invitation.

        Raises NotFoundError where there is none, and ConflictError for the owner.
        """
        user_id = self.user_id_of(email)
        if user_id == asker.tenant_id:
            raise ConflictError(f"{email} is the owner and stays a member.")
        if not queries.remove_member(asker.tenant_id, user_id):
            raise NotFoundError(Kind.MEMBER, email)

    def check_owner(self, asker: Principal, tenant_id: str) -> None:
        """Refuse all but the owner of a tenant; to who is no member it is not there."""
        check(
            self.database, asker, queries.find_tenant(tenant_id), Right.OWN, Kind.TENANT, tenant_id
        )

    def user_id_of(self, email: str) -> str:
        """Return the id of the account with an address; raises NotFoundError."""
        found = queries.find_credentials(email.strip().lower())
        if found is None:
            raise NoAccountError(Kind.ACCOUNT, email)
        return found.user_id
