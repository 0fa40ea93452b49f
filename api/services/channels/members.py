"""Who is in groups and talks, and who may read channels."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.errors import NoAccountError, NotAllowedError, RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.channels.channels import ChannelService, checked_count
from api.services.channels.queries import channels as queries
from api.services.channels.queries import members
from api.services.channels.records import ChannelKind, ChannelRow, MemberRow
from api.services.people.queries import find_person, list_people
from api.services.people.records import OLDEST_FIRST, PersonRecord
from api.things import Kind

PAGE = 30
"""People of a page."""


class ChannelMemberService:
    """Lists who may read a channel, and lets people into groups and out of them."""

    def __init__(self, channels: ChannelService) -> None:
        """Initialize with what keeps channels."""
        self.database: Database = channels.database
        self.channels = channels

    @connected
    def page(
        self,
        asker: Principal,
        channel_id: str,
        keywords: str,
        order: tuple[str, bool],
        page: int,
    ) -> tuple[list[MemberRow], int]:
        """Return a page of who may read a channel, and how many do; raises NotFoundError."""
        row = self.channels.checked(asker, channel_id, Right.READ)
        offset = (page - 1) * PAGE
        return members.page(self.database, row, keywords, order, PAGE, offset)

    @connected
    def add(
        self,
        asker: Principal,
        channel_id: str,
        user_ids: Sequence[str],
        group_ids: Sequence[str] = (),
    ) -> list[str]:
        """Let people, and those of groups, be in a group; return who was not before.

        Anybody may join one that is open. Raises NotFoundError, ForbiddenError, and RuleError for
        what is no group.
        """
        with self.database.atomic():
            joins = list(user_ids) == [asker.user_id] and not group_ids
            row = self.locked(asker, channel_id, Right.READ if joins else Right.OWN)
            inside = members.members(self.database, row.id)
            wanted = checked_count([*inside, *self.channels.people_of(asker, user_ids, group_ids)])
            fresh = [one for one in wanted if one not in set(inside)]
            members.put(self.database, row.id, fresh)
        return fresh

    @connected
    def remove(self, asker: Principal, channel_id: str, user_ids: Sequence[str]) -> list[str]:
        """Let people be in a group no more; return who was. Anybody may leave.

        Raises what `add` does, and RuleError for who has made the group.
        """
        leaves = set(user_ids) == {asker.user_id}
        with self.database.atomic():
            row = self.locked(asker, channel_id, Right.READ if leaves else Right.OWN)
            if row.user_id in user_ids:
                raise RuleError("user_ids: who has made a group stays in it, or deletes it.")
            inside = set(members.members(self.database, row.id))
            gone = [one for one in dict.fromkeys(user_ids) if one in inside]
            members.remove(self.database, row.id, gone)
        return gone

    def locked(self, asker: Principal, channel_id: str, right: Right) -> ChannelRow:
        """Return a group that nobody else changes until the transaction ends."""
        queries.lock(self.database, channel_id)
        row = self.channels.checked(asker, channel_id, right)
        if row.kind != ChannelKind.GROUP:
            raise RuleError("Only a group has members who come and go.")
        return row

    # Whom one finds.

    @connected
    def found(
        self, asker: Principal, keywords: str, page: int
    ) -> tuple[int, list[PersonRecord]] | None:
        """Return whom somebody may write to, by name, and how many; None without channels.

        Of others nobody learns the address by that, nor whether it is theirs.
        """
        if not self.may_find(asker):
            return None
        offset = (page - 1) * PAGE
        total, found = list_people(
            self.database, keywords, PAGE, offset, OLDEST_FIRST, only_there=True
        )
        return total, [one._replace(email="") for one in found]

    @connected
    def known(self, asker: Principal, user_id: str) -> PersonRecord:
        """Return somebody to whom the asker may write, without the address.

        Raises NotFoundError, also where the asker has no channels.
        """
        found = find_person(self.database, user_id) if self.may_find(asker) else None
        if found is None or not found.is_active or found.is_pending:
            raise NoAccountError(Kind.ACCOUNT, user_id)
        return found._replace(email="")

    def may_find(self, asker: Principal) -> bool:
        """Return whether the asker finds others: where they have channels."""
        try:
            self.channels.check_may(asker)
        except NotAllowedError:
            return False
        return True
