"""Reading what clients send of resources: names in any case, and only what the schemas have."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, Union

from api.services.provisioning.attributes import Attribute, Mutability, ResourceType, Type
from api.services.provisioning.errors import InvalidValueError

Value: TypeAlias = Union[str, bool, Mapping[str, "Value"], list["Value"]]  # noqa: UP007 - names itself
Document: TypeAlias = Mapping[str, Value]
"""The attributes of a resource by their own names, without any that has no value."""

LONGEST = 8192
"""Characters of a text."""

MOST_VALUES = 100
"""Values of an attribute that has many."""

FLAGS = {"true": True, "false": False}


def read_resource(kind: ResourceType, sent: Mapping[str, object]) -> Document:
    """Return the attributes of a resource that was sent whole; raises InvalidValueError.

    What clients may not write, and what no schema has, is left out (RFC 7644, section 3.3).
    """
    made = read_parts(tuple(kind.attributes()), sent)
    check_required(kind, made)
    return made


def check_required(kind: ResourceType, document: Document) -> None:
    """Raise InvalidValueError where an attribute is missing that there has to be."""
    for attribute in kind.core.attributes:
        if attribute.required and attribute.name not in document:
            raise InvalidValueError(f"`{attribute.name}` is required.")


def read_parts(attributes: Iterable[Attribute], sent: Mapping[str, object]) -> Document:
    """Return the attributes that there are of those that were sent."""
    known = {attribute.name.lower(): attribute for attribute in attributes}
    made: dict[str, Value] = {}
    for name, value in sent.items():
        attribute = known.get(name.lower())
        if attribute is None or attribute.mutability is Mutability.READ_ONLY:
            continue
        read = read_value(attribute, value)
        if read is not None:
            made[attribute.name] = read
    return made


def read_value(attribute: Attribute, sent: object) -> Value | None:
    """Return a value of an attribute; None for one that says that there is none."""
    if sent is None:
        return None
    if not attribute.many:
        return read_one(attribute, sent)
    values = sent if isinstance(sent, list) else [sent]
    if len(values) > MOST_VALUES:
        raise InvalidValueError(f"`{attribute.name}` has more than {MOST_VALUES} values.")
    read = [read_one(attribute, value) for value in values]
    return with_one_primary(distinct([value for value in read if value is not None])) or None


def read_one(attribute: Attribute, sent: object) -> Value | None:
    """Return one value of an attribute; None for one that says that there is none."""
    if attribute.type is Type.COMPLEX:
        return read_complex(attribute, sent)
    if attribute.type is Type.FLAG:
        return read_flag(attribute, sent)
    if isinstance(sent, int) and not isinstance(sent, bool):
        sent = str(sent)  # numbers of employees
    if not isinstance(sent, str):
        raise InvalidValueError(f"`{attribute.name}` is a text, not {quoted(sent)}.")
    if "\0" in sent or len(sent) > LONGEST:
        raise InvalidValueError(
            f"`{attribute.name}` has a NUL character, or more than {LONGEST:,} characters."
        )
    return sent or None


def read_complex(attribute: Attribute, sent: object) -> Value | None:
    """Return a value that has parts; of those of many a text alone is the `value`."""
    if isinstance(sent, str) and attribute.part("value") is not None:
        sent = {"value": sent} if sent else {}
    if not isinstance(sent, Mapping):
        raise InvalidValueError(f"`{attribute.name}` is an object, not {quoted(sent)}.")
    return read_parts(attribute.parts, sent) or None


def read_flag(attribute: Attribute, sent: object) -> bool | None:
    """Return a truth value; identity providers send it as a text, too, in capitals."""
    if isinstance(sent, bool):
        return sent
    if isinstance(sent, str) and sent.lower() in FLAGS:
        return FLAGS[sent.lower()]
    if sent == "":
        return None
    raise InvalidValueError(f"`{attribute.name}` is true or false, not {quoted(sent)}.")


def distinct(values: list[Value]) -> list[Value]:
    """Return values, each once."""
    made: list[Value] = []
    for value in values:
        if value not in made:
            made.append(value)
    return made


def with_one_primary(values: list[Value]) -> list[Value]:
    """Return values of which the last that is called the primary one is that alone."""
    chosen = [n for n, value in enumerate(values) if is_primary(value)][:-1]
    return [without_primary(value) if n in chosen else value for n, value in enumerate(values)]


def is_primary(value: Value) -> bool:
    """Return whether a value is called the primary one."""
    return isinstance(value, Mapping) and value.get("primary") is True


def without_primary(value: Value) -> Value:
    """Return a value that is not the primary one."""
    return {**value, "primary": False} if isinstance(value, Mapping) else value


def quoted(sent: object) -> str:
    """Return what was sent, as far as an error shows it."""
    return repr(sent)[:128]
