"""Changes of who is in a group, of which there may be very many: told apart from other changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.services.provisioning.attributes import GROUPS, MEMBERS
from api.services.provisioning.errors import InvalidValueError, NoTargetError
from api.services.provisioning.filters import Filter, equalities, holds
from api.services.provisioning.patching import Change, Verb
from api.services.provisioning.paths import Place, read_path

NAMES = frozenset({"members", f"{GROUPS.core.urn}:members".lower()})
"""By which keys of an object the members of a group are meant."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the members: by ids, or those that a filter chooses; neither means all."""

    verb: Verb
    ids: tuple[str, ...] | None = None
    chosen: Filter | None = None

    def after(self, members: Iterable[str]) -> dict[str, None]:
        """Return who is in the group afterwards, in their order."""
        known = dict.fromkeys(members)
        given = dict.fromkeys(self.ids or ())
        if self.verb is Verb.ADD:
            return known | given
        if self.verb is Verb.REPLACE:
            return given
        return {one: None for one in known if not self.removes(one)}

    def removes(self, member: str) -> bool:
        """Return whether it ends somebody's membership."""
        if self.chosen is not None:
            return holds(self.chosen, MEMBERS, {"value": member, "type": "User"})
        return self.ids is None or member in self.ids


def taken_apart(changes: Sequence[Change]) -> tuple[list[Step], list[Change]]:
    """Return the changes of members, and all others; raises an ArgumentError."""
    steps: list[Step] = []
    others: list[Change] = []
    for change in changes:
        if change.path:
            place = read_path(GROUPS, change.path)
            if place.attribute is MEMBERS:
                steps.append(step_of(place, change))
            else:
                others.append(change)
        else:
            value, members = without_members(change.value)
            steps += [Step(change.verb, ids_of(one)) for one in members]
            others.append(Change(change.verb, "", value))
    return steps, others


def without_members(value: object) -> tuple[object, list[object]]:
    """Return an object without its members, and these."""
    if not isinstance(value, Mapping):
        return value, []
    members = [inner for name, inner in value.items() if name.lower() in NAMES]
    return {name: value[name] for name in value if name.lower() not in NAMES}, members


def step_of(place: Place, change: Change) -> Step:
    """Return the change of members that a path means; raises NoTargetError."""
    if change.verb is Verb.REMOVE:
        if place.filter is not None:
            return Step(change.verb, chosen=place.filter)
        all_of_them = change.value in (None, [], "")
        return Step(change.verb, None if all_of_them else ids_of(change.value))
    if place.filter is None:
        return Step(change.verb, ids_of(change.value))
    said = equalities(place.filter) or {}
    if "value" not in said:
        raise NoTargetError("A filter over `members` has to say which person by `value eq`.")
    return Step(Verb.ADD, (str(said["value"]),))


def ids_of(value: object) -> tuple[str, ...]:
    """Return the ids of people as they were sent: objects with a `value`, or texts.

    Raises InvalidValueError.
    """
    many = value if isinstance(value, list) else [] if value is None else [value]
    ids = [one.get("value") if isinstance(one, Mapping) else one for one in many]
    if not all(isinstance(one, str) and one and "\0" not in one for one in ids):
        raise InvalidValueError("`members` are objects with the id of a person as `value`.")
    return tuple(map(str, ids))
