"""Members of tenants: who may use what its owner shares."""

from api.db.connection import Database, connected
from api.errors import ConflictError, Kind, NoAccountError, NotFoundError
from api.services.accounts import queries
from api.services.accounts.access import Right, check
from api.services.accounts.records import MemberRecord, MembershipRecord, Principal


class MemberService:
    """The members of tenants: the owner chooses them, and each of them may list them.

    A member uses those datasets whose permission is "team"; see `api.services.accounts.access`.
    """

    def __init__(self, database: Database) -> None:
        """Remember the database."""
        self.database = database

    @connected
    def list_tenants(self, asker: Principal) -> list[MembershipRecord]:
        """Return the tenants of which the asker is a member, their own among them."""
        return queries.list_memberships(self.database, asker.user_id)

    @connected
    def list_members(self, asker: Principal, tenant_id: str) -> list[MemberRecord]:
        """Return the members of a tenant, the owner among them; raises NotFoundError."""
        check(asker, queries.find_tenant(tenant_id), Right.READ, Kind.TENANT, tenant_id)
        return queries.list_members(self.database, tenant_id)

    @connected
    def add(self, asker: Principal, email: str) -> None:
        """Make the account with an address a member; raises NotFoundError and ConflictError."""
        if not queries.add_member(asker.tenant_id, self.user_id_of(email)):
            raise ConflictError(f"{email} is a member already.")

    @connected
    def remove(self, asker: Principal, email: str) -> None:
        """End a membership, which takes effect with the member's next request.

        Raises NotFoundError where there is none, and ConflictError for the owner.
        """
        user_id = self.user_id_of(email)
        if user_id == asker.tenant_id:
            raise ConflictError(f"{email} is the owner and stays a member.")
        if not queries.remove_member(asker.tenant_id, user_id):
            raise NotFoundError(Kind.MEMBER, email)

    def user_id_of(self, email: str) -> str:
        """Return the id of the account with an address; raises NotFoundError."""
        found = queries.find_credentials(email.strip().lower())
        if found is None:
            raise NoAccountError(Kind.ACCOUNT, email)
        return found.user_id
