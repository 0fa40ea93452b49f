"""Who may do what in a channel: by its members, by grants, and who has made it."""

from api.db.connection import Database, connected
from api.errors import ForbiddenError, NotFoundError, RuleError
from api.services.accounts.access import Right, granted
from api.services.accounts.records import Principal
from api.services.channels.queries import channels as queries
from api.services.channels.records import ChannelKind, ChannelRow
from api.services.people.people import PeopleService
from api.things import Kind

CLOSED = "access_grants: the members of a private channel alone use it."


class ChannelRights:
    """Says who may do what in channels."""

    def __init__(self, database: Database, people: PeopleService) -> None:
        """Initialize with where channels are kept, and what knows who administers the server."""
        self.database = database
        self.people = people

    def administers(self, asker: Principal) -> bool:
        """Return whether somebody administers the server; within a connection."""
        return self.people.administers(asker)

    def right(self, asker: Principal, row: ChannelRow) -> Right:
        """Return what somebody may do with a channel; within a connection.

        Groups and talks are those of their members alone, whoever administers the server; an open
        group is read by everybody.
        """
        is_standard = row.kind == ChannelKind.STANDARD
        if is_standard and (row.user_id == asker.user_id or self.administers(asker)):
            return Right.OWN
        held = Right.READ if row.kind == ChannelKind.GROUP and not row.is_private else Right.NONE
        if not is_standard:
            standing = queries.standings(self.database, asker.user_id, [row.id]).get(row.id)
            if standing is not None and standing.is_member:
                held = Right.OWN if row.user_id == asker.user_id else Right.CHANGE
        if held < Right.CHANGE and not row.is_private:
            found = granted(self.database, asker, Kind.CHANNEL, [row.id])
            held = max(held, found.get(row.id, Right.NONE))
        return min(held, Right.CHANGE) if held is Right.MANAGE else held

    def checked(self, asker: Principal, channel_id: str, right: Right) -> ChannelRow:
        """Return a channel to which the asker has a right; within a connection.

        Raises NotFoundError, and ForbiddenError for one of which they may do less.
        """
        row = queries.find(self.database, channel_id)
        held = self.right(asker, row) if row is not None else Right.NONE
        if row is None or held is Right.NONE:
            raise NotFoundError(Kind.CHANNEL, channel_id)
        if held < right:
            raise ForbiddenError(Kind.CHANNEL, channel_id)
        return row

    @connected
    def grantable(self, asker: Principal, channel_id: str) -> ChannelRow:
        """Return a channel of which the asker says who uses it; raises what `checked` does."""
        row = self.checked(asker, channel_id, Right.OWN)
        if row.is_private:
            raise RuleError(CLOSED)
        return row

    @connected
    def may(self, asker: Principal, channel_id: str, right: Right) -> bool:
        """Return whether somebody has a right to a channel."""
        row = queries.find(self.database, channel_id)
        return row is not None and self.right(asker, row) >= right
