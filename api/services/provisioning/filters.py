"""Filters of SCIM (RFC 7644, section 3.4.2.2): from the text to a tree, and trees on values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Union

import orjson

from api.services.provisioning.attributes import Attribute, Type
from api.services.provisioning.errors import InvalidFilterError

LONGEST = 4096
"""Characters of a filter."""

DEEPEST = 20
"""Brackets in brackets."""

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]"]+))"""
)

OPENING, CHOOSING = frozenset("("), frozenset("[")
"""What begins a filter in brackets, and one over the values of an attribute."""

OPERATORS = frozenset({"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"})

Value = str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """An attribute compared with a value; `pr` asks whether there is one at all."""

    path: str
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Within:
    """A filter over the values of an attribute that has many."""

    path: str
    inner: "Filter"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a filter."""

    inner: "Filter"


@dataclass(frozen=True, slots=True)
class Both:
    """Two filters of which both are to hold, or either."""

    word: str
    left: "Filter"
    right: "Filter"


Filter = Union[Comparison, Within, Not, Both]  # noqa: UP007 - the names come later


def read_filter(text: str) -> Filter:
    """Return the tree of a filter; raises InvalidFilterError, which names what is in the way."""
    if len(text) > LONGEST:
        raise InvalidFilterError(f"The filter has more than {LONGEST:,} characters.")
    reader = Reader(tokens_of(text))
    tree = reader.either()
    if reader.token:
        raise InvalidFilterError(f"The filter cannot be read from {reader.token!r} on.")
    return tree


def tokens_of(text: str) -> list[str]:
    """Return the texts, brackets and words of a filter, in their order."""
    made, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = TOKEN.match(text, place)
        if match is None:
            raise InvalidFilterError(f"The filter cannot be read from {text[place:][:40]!r} on.")
        made.append(match[0].strip())
        place = match.end()
    return made


class Reader:
    """Reads tokens by the grammar: `or` binds least, then `and`, then `not` and brackets."""

    def __init__(self, tokens: list[str]) -> None:
        """Begin at the first token."""
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    @property
    def token(self) -> str:
        """Return the next token; empty at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        """Return the next token, and go on behind it."""
        token = self.token
        self.place += 1
        return token

    def expect(self, mark: str) -> None:
        """Go on behind a mark that has to be there."""
        if self.take() != mark:
            raise InvalidFilterError(f"The filter lacks a {mark!r}.")

    def either(self) -> Filter:
        """Return filters joined by `or`."""
        tree = self.every()
        while self.token.lower() == "or":
            self.take()
            tree = Both("or", tree, self.every())
        return tree

    def every(self) -> Filter:
        """Return filters joined by `and`."""
        tree = self.one()
        while self.token.lower() == "and":
            self.take()
            tree = Both("and", tree, self.one())
        return tree

    def one(self) -> Filter:
        """Return a comparison, or what stands in brackets."""
        if self.token.lower() == "not":
            self.take()
            return Not(self.bracketed("(", ")"))
        if self.token in OPENING:
            return self.bracketed("(", ")")
        path = self.path()
        if self.token in CHOOSING:
            return Within(path, self.bracketed("[", "]"))
        return self.comparison(path)

    def bracketed(self, begin: str, end: str) -> Filter:
        """Return what stands in brackets."""
        self.expect(begin)
        self.depth += 1
        if self.depth > DEEPEST:
            raise InvalidFilterError(f"The filter has more than {DEEPEST} brackets in brackets.")
        tree = self.either()
        self.depth -= 1
        self.expect(end)
        return tree

    def path(self) -> str:
        """Return the name of an attribute."""
        token = self.take()
        if not token or token[0] in '"()[]':
            raise InvalidFilterError("The filter lacks the name of an attribute.")
        return token

    def comparison(self, path: str) -> Comparison:
        """Return a comparison, from its operator on."""
        operator = self.take().lower()
        if operator == "pr":
            return Comparison(path, operator)
        if operator not in OPERATORS:
            raise InvalidFilterError(f"The filter has no operator behind {path!r}.")
        return Comparison(path, operator, value_of(self.take()))


def value_of(token: str) -> Value:
    """Return the value that a token stands for."""
    try:
        value = orjson.loads(token.lower() if token.lower() in {"true", "false"} else token)
    except orjson.JSONDecodeError as error:
        raise InvalidFilterError(f"The filter has no value where {token!r} stands.") from error
    if isinstance(value, str) and "\0" in value:
        raise InvalidFilterError("The filter holds a NUL character, which no value has.")
    return value if isinstance(value, Value) else None


# Trees on values.

COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "eq": str.__eq__,
    "co": str.__contains__,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": str.__gt__,
    "ge": str.__ge__,
    "lt": str.__lt__,
    "le": str.__le__,
}


def check_parts(tree: Filter, attribute: Attribute) -> None:
    """Raise InvalidFilterError for a filter over what the values of an attribute do not have."""
    match tree:
        case Not(inner):
            check_parts(inner, attribute)
        case Both(_, left, right):
            check_parts(left, attribute)
            check_parts(right, attribute)
        case Within():
            raise InvalidFilterError("A filter over values has none within it.")
        case Comparison(path):
            part_of(attribute, path)


def holds(tree: Filter, attribute: Attribute, value: Mapping[str, object]) -> bool:
    """Return whether a filter holds for one of the values of an attribute that has many."""
    match tree:
        case Not(inner):
            return not holds(inner, attribute, value)
        case Both("and", left, right):
            return holds(left, attribute, value) and holds(right, attribute, value)
        case Both(_, left, right):
            return holds(left, attribute, value) or holds(right, attribute, value)
        case Comparison(path, operator, wanted):
            part = part_of(attribute, path)
            return compared(part, operator, value.get(part.name), wanted)
        case _:  # `check_parts` has refused others
            return False


def part_of(attribute: Attribute, path: str) -> Attribute:
    """Return the part of an attribute that a filter names; raises InvalidFilterError."""
    part = attribute.part(path)
    if part is None:
        raise InvalidFilterError(f"{attribute.name} has no {path!r} to compare.")
    return part


def compared(part: Attribute, operator: str, value: object, wanted: Value) -> bool:
    """Return whether a comparison holds; what has no value is equal to nothing."""
    if operator == "pr":
        return value is not None
    if operator == "ne":
        return not compared(part, "eq", value, wanted)
    if value is None or wanted is None:
        return operator == "eq" and value is wanted
    if part.type is Type.FLAG:
        return operator == "eq" and str(value).lower() == str(wanted).lower()
    left, right = str(value), str(wanted)
    if not part.case_exact:
        left, right = left.lower(), right.lower()
    return COMPARED[operator](left, right)


def equalities(tree: Filter) -> Mapping[str, Value] | None:
    """Return what a filter says a value is; None for one that says more than `eq` and `and`."""
    match tree:
        case Comparison(path, "eq", value):
            return {path: value}
        case Both("and", left, right):
            first, second = equalities(left), equalities(right)
            return None if first is None or second is None else {**first, **second}
        case _:
            return None
