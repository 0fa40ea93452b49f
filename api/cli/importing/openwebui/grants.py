"""Granting things here to those who might use them there."""

from collections.abc import Iterator, Sequence

from api.cli.importing.openwebui.people import Owners
from api.cli.importing.openwebui.records import Grant
from api.cli.importing.place import Place
from api.cli.output import counted
from api.errors import NotFoundError
from api.services.accounts.grant_records import Level, Subject
from api.services.groups.records import WantedGrant
from api.things import Kind

EVERYBODY = "*"
WRITE = "write"
GROUP = "group"


def granted(
    owners: Owners, place: Place, kind: Kind, thing_id: str, told: Sequence[Grant], what: str
) -> None:
    """Grant a thing to those who are known here, and report groups to which it cannot be."""
    grants = owners.services.groups.grants
    people = list(to_people(told, owners))
    groups = list(to_groups(told, owners))
    lost = len({one.principal_id for one in told if one.principal_type == GROUP}) - len(groups)
    if people or groups:
        try:
            grants.set_grants(place.asker, kind, thing_id, [*people, *groups])
        except NotFoundError:  # its owner is not in one of the groups
            lost += len(groups)
            grants.set_grants(place.asker, kind, thing_id, people)
    if lost:
        place.report.leave_out(what, f"it was granted to {counted(lost, 'group')}: grant it anew")


def to_people(told: Sequence[Grant], owners: Owners) -> Iterator[WantedGrant]:
    """Yield what people and everybody may do, each once: who may write may read."""
    for person, level in levels(one for one in told if one.principal_type != GROUP):
        if person == EVERYBODY:
            yield WantedGrant(Subject.EVERYBODY, level)
        elif person in owners.known:
            yield WantedGrant(Subject.USER, level, owners.known[person].user_id)


def to_groups(told: Sequence[Grant], owners: Owners) -> Iterator[WantedGrant]:
    """Yield what groups may do that are known here, each once."""
    for group, level in levels(one for one in told if one.principal_type == GROUP):
        if group in owners.groups:
            yield WantedGrant(Subject.GROUP, level, owners.groups[group])


def levels(told: Iterator[Grant]) -> Iterator[tuple[str, Level]]:
    """Yield to whom something is granted, each once, with the most that they may do."""
    found: dict[str, Level] = {}
    for one in told:
        level = Level.WRITE if one.permission == WRITE else Level.READ
        known = found.get(one.principal_id, level)
        found[one.principal_id] = Level.WRITE if Level.WRITE in {known, level} else level
    yield from sorted(found.items())
