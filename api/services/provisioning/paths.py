"""Paths of changes (RFC 7644, section 3.5.2): which attribute, which of its values, which part."""

from dataclasses import dataclass

from api.services.provisioning.attributes import (
    Attribute,
    Mutability,
    ResourceType,
    Schema,
    Type,
)
from api.services.provisioning.errors import InvalidFilterError, InvalidPathError, MutabilityError
from api.services.provisioning.filters import Filter, check_parts, read_filter

OF_EVERY_RESOURCE = frozenset({"id", "schemas", "meta"})
"""What all resources have and no client writes."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a path names: an attribute, or of those of its values that a filter finds a part.

    `within` is the extension that has the attribute, None for the core schema.
    """

    attribute: Attribute
    part: Attribute | None = None
    filter: Filter | None = None
    within: Attribute | None = None


def read_path(kind: ResourceType, path: str) -> Place:
    """Return what a path names; raises InvalidPathError, and MutabilityError."""
    schema, rest = of_schema(kind, path.strip())
    if not rest:
        return whole_of(kind, schema, path)
    name, inner, part = taken_apart(rest)
    if name.lower() in OF_EVERY_RESOURCE:
        raise MutabilityError(f"`{name}` is not changed by clients.")
    attribute = attribute_of(kind, schema, name)
    if attribute is None:
        raise InvalidPathError(f"There is no attribute {path[:128]!r}.")
    tree = filter_of(attribute, inner)
    found = part_of(attribute, part, path)
    for one in (attribute, found):
        if one is not None and one.mutability is Mutability.READ_ONLY:
            raise MutabilityError(f"`{one.name}` is not changed by clients.")
    extension = None if schema is None or schema is kind.core else schema.as_attribute()
    return Place(attribute, found, tree, extension)


def of_schema(kind: ResourceType, path: str) -> tuple[Schema | None, str]:
    """Return the schema that a path begins with, and the rest; None where it names none."""
    for schema in kind.schemas:
        if path.lower() == schema.urn.lower():
            return schema, ""
        if path.lower().startswith(f"{schema.urn.lower()}:"):
            return schema, path[len(schema.urn) + 1 :]
    return None, path


def whole_of(kind: ResourceType, schema: Schema | None, path: str) -> Place:
    """Return the place of a whole extension."""
    if schema is None or schema is kind.core:
        raise InvalidPathError(f"The path {path[:128]!r} names no attribute.")
    return Place(schema.as_attribute())


def taken_apart(path: str) -> tuple[str, str | None, str]:
    """Return the name of an attribute, the filter behind it, if any, and the name of a part."""
    name, bracket, rest = path.partition("[")
    if not bracket:
        name, _, part = path.partition(".")
        return name, None, part
    inner, closing, behind = rest.rpartition("]")
    if not closing or (behind and not behind.startswith(".")):
        raise InvalidPathError(f"The path {path[:128]!r} lacks a `]`, or a `.` behind it.")
    return name, inner, behind.removeprefix(".")


def attribute_of(kind: ResourceType, schema: Schema | None, name: str) -> Attribute | None:
    """Return the attribute of a name: of a resource, or of the schema that is named."""
    return kind.attribute(name) if schema is None else schema.attribute(name)


def filter_of(attribute: Attribute, inner: str | None) -> Filter | None:
    """Return the tree of a filter over the values of an attribute; None where there is none."""
    if inner is None:
        return None
    if not attribute.many:
        raise InvalidPathError(f"`{attribute.name}` has one value, which no filter chooses.")
    try:
        tree = read_filter(inner)
    except InvalidFilterError as error:
        raise InvalidPathError(error.message) from error
    check_parts(tree, attribute)
    return tree


def part_of(attribute: Attribute, name: str, path: str) -> Attribute | None:
    """Return the part that a path names; None where it names the whole."""
    if not name:
        return None
    found = attribute.part(name) if attribute.type is Type.COMPLEX else None
    if found is None:
        raise InvalidPathError(f"There is no attribute {path[:128]!r}.")
    return found
