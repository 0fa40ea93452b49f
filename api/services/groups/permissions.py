"""What people may do at all: what the settings deny to users, and what groups give back."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from api.config.settings import AuthSettings
from api.db.connection import Database, connected
from api.errors import NotAllowedError
from api.permissions import PERMISSIONS, permissions_in
from api.services.accounts.records import AccountRole, Principal
from api.services.groups import queries
from api.services.groups.groups import GroupService
from api.services.groups.records import GroupRecord

LACKING = "You lack the permission `{}`: an administrator can give it to you."


class PermissionService:
    """Says who may do what; administrators may do everything.

    Users may do what `auth.denied` does not name, and what a group gives that they are in.
    """

    def __init__(
        self, database: Database, groups: GroupService, settings: Callable[[], AuthSettings]
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.groups = groups
        self.settings = settings

    def denied(self) -> frozenset[str]:
        """Return what users may not do unless a group gives it; a hot read costs no I/O."""
        return read(self.settings().denied)

    @connected
    def check(self, asker: Principal, wanted: Sequence[str]) -> None:
        """Raise NotAllowedError, which names what is lacking of some permissions."""
        lacking = self.lacking(asker.user_id, wanted)
        if lacking:
            raise NotAllowedError(LACKING.format(lacking[0]))

    @connected
    def of(self, asker: Principal, user_id: str) -> list[str]:
        """Return what somebody may do: the asker, or to an administrator anybody."""
        return self.of_account(self.groups.people.known(asker, user_id))

    @connected
    def of_account(self, whose: str) -> list[str]:
        """Return what an account may do; raises NotFoundError."""
        lacking = self.lacking(whose, sorted(self.denied()))
        return [name for name in PERMISSIONS if name not in lacking]

    @connected
    def of_group(self, asker: Principal, group_id: str) -> list[str]:
        """Return what a group gives to those in it; raises NotFoundError."""
        self.groups.get(asker, group_id)
        return queries.permissions_of(self.database, group_id)

    @connected
    def by_group(self, groups: Sequence[GroupRecord]) -> Mapping[str, Sequence[str]]:
        """Return what groups give that the asker has seen, by their ids."""
        return queries.permissions_by_group(self.database, [group.id for group in groups])

    @connected
    def set_of_group(self, asker: Principal, group_id: str, names: Sequence[str]) -> list[str]:
        """Give these permissions to those in a group, and no others; raises NotFoundError."""
        self.groups.get(asker, group_id)
        with self.database.atomic():
            self.groups.lock(group_id, None)
            queries.set_permissions(self.database, group_id, sorted(set(names)))
        return queries.permissions_of(self.database, group_id)

    def lacking(self, user_id: str, wanted: Sequence[str]) -> list[str]:
        """Return those of some denied permissions that nothing gives to an account."""
        found = self.groups.people.found(user_id)
        if found.role is AccountRole.ADMINISTRATOR or not wanted:
            return []
        given = queries.given_by_groups(self.database, user_id)
        return [name for name in wanted if name not in given]


@lru_cache(8)
def read(text: str) -> frozenset[str]:
    """Return the permissions of the setting."""
    return frozenset(permissions_in(text))
