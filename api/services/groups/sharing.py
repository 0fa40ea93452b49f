"""Sharing by clients that know grants to read and to write alone."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from api.permissions import SHARING
from api.services.accounts.grant_records import EVERYBODY, GrantRecord, Level
from api.services.accounts.records import Principal
from api.services.groups.grants import GrantService
from api.services.groups.permissions import PermissionService
from api.services.groups.records import WantedGrant
from api.things import Kind


class SharingService:
    """Says who may use a thing, and leaves who manages it where such clients see them write."""

    def __init__(self, grants: GrantService, permissions: PermissionService) -> None:
        """Initialize with the parts."""
        self.grants = grants
        self.permissions = permissions

    def check(
        self, asker: Principal, wanted: Sequence[WantedGrant], kept: Sequence[GrantRecord] = ()
    ) -> None:
        """Raise what `share` does, before anything is written: of a thing with these grants now."""
        if not changes(kept, wanted):
            return
        if SHARING in self.permissions.denied():
            self.permissions.check(asker, [SHARING])
        self.grants.checked_all(asker, wanted, kept)

    def check_change(
        self, asker: Principal, kind: Kind, thing_id: str, wanted: Sequence[WantedGrant]
    ) -> None:
        """Raise what `share` does, before anything else of a thing is changed with its grants."""
        self.check(asker, wanted, self.grants.list_grants(asker, kind, thing_id))

    def share(
        self, asker: Principal, kind: Kind, thing_id: str, wanted: Sequence[WantedGrant]
    ) -> None:
        """Grant a thing to these, and to nobody else; who manages it goes on doing so.

        Raises NotAllowedError for who may not share, and what `set_grants` does.
        """
        kept = self.grants.list_grants(asker, kind, thing_id)
        self.check(asker, wanted, kept)
        if changes(kept, wanted):
            self.grants.set_grants(asker, kind, thing_id, managing(kept, wanted))


def changes(kept: Sequence[GrantRecord], wanted: Sequence[WantedGrant]) -> bool:
    """Return whether grants are other than those there are."""
    before = {(one.subject_kind, one.subject_id, level_shown(one.level)) for one in kept}
    after = {(str(one.subject), one.name or EVERYBODY, one.level) for one in wanted}
    return before != after


def level_shown(level: Level) -> Level:
    """Return what of a grant the clients know: reading or writing."""
    return Level.READ if level is Level.READ else Level.WRITE


def managing(kept: Sequence[GrantRecord], wanted: Sequence[WantedGrant]) -> Sequence[WantedGrant]:
    """Return grants in which those who manage a thing, and may write on, still manage it."""
    managers = {one.subject_id for one in kept if one.level is Level.MANAGE}
    return [replace(one, level=Level.MANAGE) if goes_on(one, managers) else one for one in wanted]


def goes_on(wanted: WantedGrant, managers: Collection[str]) -> bool:
    """Return whether who may write also manages."""
    return wanted.level is Level.WRITE and (wanted.name or EVERYBODY) in managers
