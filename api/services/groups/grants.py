"""Grants: who may use a thing beside those whose it is."""

from collections.abc import Callable, Collection, Mapping, Sequence

from api.db.connection import Database, connected
from api.errors import ArgumentError, NoAccountError, NotAllowedError, NotFoundError
from api.services.accounts import grant_queries as queries
from api.services.accounts.grant_records import (
    EVERYBODY,
    GrantRecord,
    NewGrant,
    Subject,
)
from api.services.accounts.queries.accounts import find_credentials
from api.services.accounts.records import Principal
from api.services.groups.groups import GroupService
from api.services.groups.queries import known_among
from api.services.groups.records import WantedGrant
from api.things import Kind

MOST = 500
"""Grants of one thing; for more people there are groups."""

Finder = Callable[[Principal, str], object]
"""Finds a thing of which the asker may say who uses it; raises NotFoundError, ForbiddenError."""


class GrantService:
    """Says who may use a thing; `finders` look things up, by their kinds."""

    def __init__(
        self, database: Database, groups: GroupService, finders: Mapping[Kind, Finder]
    ) -> None:
        """Initialize with the parts."""
        self.database = database
        self.groups = groups
        self.finders = finders

    @connected
    def list_grants(self, asker: Principal, kind: Kind, thing_id: str) -> list[GrantRecord]:
        """Return to whom a thing is granted, the oldest grant first.

        Raises NotFoundError, and ForbiddenError for who may not say that.
        """
        self.finders[kind](asker, thing_id)
        return queries.list_grants(self.database, kind, thing_id)

    @connected
    def set_grants(
        self, asker: Principal, kind: Kind, thing_id: str, wanted: Sequence[WantedGrant]
    ) -> list[GrantRecord]:
        """Grant a thing to these, and to nobody else; return the grants.

        Raises NotFoundError for the thing, an account or a group that is not there, ForbiddenError
        for who may not say who uses it, and ArgumentError for one who is named twice.
        """
        self.finders[kind](asker, thing_id)
        with self.database.atomic():
            grants = self.checked_all(asker, wanted, self.list_grants(asker, kind, thing_id))
            queries.replace_grants(self.database, kind, thing_id, grants, asker.user_id)
        return queries.list_grants(self.database, kind, thing_id)

    @connected
    def checked_all(
        self, asker: Principal, wanted: Sequence[WantedGrant], kept: Sequence[GrantRecord] = ()
    ) -> list[NewGrant]:
        """Return grants beside those of a thing; raises what `set_grants` does of whom they name.

        What a thing is to be granted can be asked before there is the thing.
        """
        known = {grant.subject_id for grant in kept}
        grants = [self.checked(asker, one, known) for one in wanted]
        check_distinct(grants)
        return grants

    def checked(self, asker: Principal, wanted: WantedGrant, known: Collection[str]) -> NewGrant:
        """Return a grant with the id of whom it is for."""
        match wanted.subject:
            case Subject.EVERYBODY:
                subject_id = EVERYBODY
            case Subject.USER:
                subject_id = self.person(wanted.name)
            case Subject.GROUP:
                subject_id = self.group(asker, wanted.name, known)
        return NewGrant(wanted.subject, subject_id, wanted.level)

    def person(self, name: str) -> str:
        """Return the id of the account with an address or an id; raises NotFoundError."""
        found = find_credentials(name.strip().lower())
        if found:
            return found.user_id
        if not known_among(self.database, "account", [name]):
            raise NoAccountError(Kind.ACCOUNT, name)
        return name

    def group(self, asker: Principal, name: str, known: Collection[str]) -> str:
        """Return the id of the group with a name or id; raises NotFoundError.

        Who does not administer the server grants to groups that they are in. What was granted
        before can be granted again.
        """
        found = self.groups.find(name)
        if found is None:
            raise NotFoundError(Kind.GROUP, name)
        if found.id not in known and not self.groups.is_in(asker.user_id, found.id):
            try:
                self.groups.people.check_administrator(asker)
            except NotAllowedError as error:
                raise NotFoundError(Kind.GROUP, name) from error
        return found.id


def check_distinct(grants: Sequence[NewGrant]) -> None:
    """Raise ArgumentError for one who is named twice."""
    ids = [grant.subject_id for grant in grants]
    if repeated := sorted({one for one in ids if ids.count(one) > 1}):
        raise ArgumentError(f"`grants` name {repeated[0]} twice: give each once.")
