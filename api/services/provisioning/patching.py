"""Changes of a resource by PATCH (RFC 7644, section 3.5.2), as identity providers send them.

They are read generously where what is meant is plain: a value that a filter describes and that is
not there is made, by `replace`, too; a removal may say which values by giving them; names with
dots may stand for paths. A change that changes nothing changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.services.provisioning.attributes import Attribute, ResourceType, Type
from api.services.provisioning.errors import InvalidPathError, InvalidValueError, NoTargetError
from api.services.provisioning.filters import Filter, equalities, holds
from api.services.provisioning.paths import Place, read_path
from api.services.provisioning.values import (
    Document,
    Value,
    check_required,
    distinct,
    read_one,
    read_value,
    with_one_primary,
)


class Verb(StrEnum):
    """What a change does."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of what a path names; without a path of what the value has."""

    verb: Verb
    path: str
    value: object = None


def patched(kind: ResourceType, document: Document, changes: Sequence[Change]) -> Document:
    """Return a document after changes, one after the other; raises an ArgumentError."""
    made = document
    for change in changes:
        made = apply(kind, made, change)
    check_required(kind, made)
    return made


def apply(kind: ResourceType, document: Document, change: Change) -> Document:
    """Return a document after one change."""
    if change.path:
        return applied(document, read_path(kind, change.path), change.verb, change.value)
    if change.verb is Verb.REMOVE:
        raise NoTargetError("A `remove` needs a `path`.")
    if not isinstance(change.value, Mapping):
        raise InvalidValueError("A change without a `path` needs an object as `value`.")
    made = document
    for name, value in change.value.items():
        place = place_of_key(kind, name)
        if place is not None:
            made = applied(made, place, change.verb, value)
    return made


def place_of_key(kind: ResourceType, name: str) -> Place | None:
    """Return what a key of an object names; None for what is not known, which is left out."""
    if name.lower() in {"id", "schemas", "meta"}:
        return None
    try:
        return read_path(kind, name)
    except InvalidPathError:
        return None


def applied(document: Document, place: Place, verb: Verb, value: object) -> Document:
    """Return a document after a change of one place."""
    if place.within is None:
        return with_changed(document, place, verb, value)
    inner = document.get(place.within.name)
    known = inner if isinstance(inner, Mapping) else {}
    return kept(document, place.within.name, with_changed(known, place, verb, value))


def with_changed(document: Document, place: Place, verb: Verb, value: object) -> Document:
    """Return a document, or an extension of one, after a change of an attribute."""
    old = document.get(place.attribute.name)
    return kept(document, place.attribute.name, changed(place, old, verb, value))


def kept(document: Document, name: str, value: Value | None) -> Document:
    """Return a document with a value of an attribute, or without it where there is none."""
    others = {key: known for key, known in document.items() if key != name}
    return {**others, name: value} if value or value is False else others


def changed(place: Place, old: Value | None, verb: Verb, value: object) -> Value | None:
    """Return what becomes of the value of an attribute."""
    attribute = place.attribute
    if attribute.many:
        values = old if isinstance(old, list) else []
        return with_one_primary(changed_values(place, values, verb, value))
    if place.part is not None:
        known = old if isinstance(old, Mapping) else {}
        return with_part(known, place.part, verb, value)
    if verb is Verb.REMOVE:
        return None
    read = read_value(attribute, value)
    if attribute.type is Type.COMPLEX and isinstance(old, Mapping) and isinstance(read, Mapping):
        return {**old, **read}
    return read


def with_part(known: Document, part: Attribute, verb: Verb, value: object) -> Document:
    """Return a complex value with another value of a part."""
    return kept(known, part.name, None if verb is Verb.REMOVE else read_one(part, value))


def changed_values(place: Place, values: list[Value], verb: Verb, value: object) -> list[Value]:
    """Return what becomes of the values of an attribute that has many."""
    if place.filter is not None:
        return changed_matches(place, place.filter, values, verb, value)
    if place.part is not None:
        made = [with_part(one, place.part, verb, value) for one in objects(values)]
        if not made and verb is not Verb.REMOVE:
            made = [with_part({}, place.part, verb, value)]
        return distinct([one for one in made if one])
    given = read_value(place.attribute, value)
    many = given if isinstance(given, list) else []
    if verb is Verb.REPLACE:
        return many
    if verb is Verb.REMOVE:
        return [] if value in (None, [], "") else without(values, many)
    return distinct(values + many)


def changed_matches(
    place: Place, tree: Filter, values: list[Value], verb: Verb, value: object
) -> list[Value]:
    """Return what becomes of values of which a filter chooses some."""
    attribute = place.attribute
    found = [holds(tree, attribute, one) for one in objects(values)]
    if not any(found):
        return values if verb is Verb.REMOVE else [*values, described(place, tree, value)]
    made: list[Value] = []
    for one, matches in zip(objects(values), found, strict=True):
        after = changed_one(place, one, verb, value) if matches else one
        if after:
            made.append(after)
    return distinct(made)


def changed_one(place: Place, known: Document, verb: Verb, value: object) -> Document:
    """Return what becomes of a value that a filter has chosen; nothing where it goes."""
    if place.part is not None:
        return with_part(known, place.part, verb, value)
    if verb is Verb.REMOVE:
        return {}
    read = read_one(place.attribute, value)
    if not isinstance(read, Mapping):
        raise InvalidValueError(f"`{place.attribute.name}` needs a `value`.")
    return {**known, **read} if verb is Verb.ADD else read


def described(place: Place, tree: Filter, value: object) -> Value:
    """Return a new value that is as a filter says, and has what is given.

    Raises NoTargetError for a filter that does not say what to make.
    """
    said = equalities(tree)
    if said is None:
        raise NoTargetError(f"No value of `{place.attribute.name}` is as the filter says.")
    base = read_one(place.attribute, said)
    known = base if isinstance(base, Mapping) else {}
    return changed_one(place, known, Verb.ADD, value)


def without(values: list[Value], removed: list[Value]) -> list[Value]:
    """Return values without those that were given: whole, or by their `value` alone."""
    keys = [one.get("value") for one in objects(removed) if one.get("value") is not None]
    return [
        one
        for one in values
        if one not in removed and not (isinstance(one, Mapping) and one.get("value") in keys)
    ]


def objects(values: list[Value]) -> list[Document]:
    """Return those values that have parts, which all values of many are."""
    return [one for one in values if isinstance(one, Mapping)]
