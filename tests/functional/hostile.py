"""Requests that no honest client sends, made for every page from what it says of itself."""

import inspect
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, reduce
from types import FunctionType
from typing import Any, get_args, get_origin

from flask import Flask
from pydantic import AliasChoices, BaseModel
from werkzeug.routing import Rule

SLOT = "the hostile value goes here"


def nested(levels: int) -> bytes:
    """Return a JSON list in lists, so many levels deep."""
    return b"[" * levels + b"]" * levels


VALUES: dict[str, bytes] = {
    "null": b"null",
    "true": b"true",
    "zero": b"0",
    "minus one": b"-1",
    "a fraction": b"0.5",
    "2**63": b"9223372036854775808",
    "10**400": b"1" + b"0" * 400,
    "1e308": b"1e308",
    "not a number": b"NaN",
    "an empty text": b'""',
    "a word": b'"true"',
    "NUL": rb'"a\u0000b"',
    "a lone surrogate": rb'"\ud800"',
    "a long text": b'"' + b"x" * 70_000 + b'"',
    "an empty list": b"[]",
    "a list of all kinds": rb'[null, 1, "\u0000", [], {}]',
    "an empty object": b"{}",
    "an object": b'{"x": {"y": [1]}, "": null}',
    "a list 60 deep": nested(60),
    "a list 254 deep": nested(254),
    "a list 965 deep": nested(965),
}
"""JSON texts in the place of a value."""

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "half": b'{"a": [1, 2',
    "no object": b"[]",
    "null": b"null",
    "bad UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "a surrogate in UTF-8": b'{"name": "\xed\xa0\x80"}',
    "a key twice": b'{"name": "x", "name": ["y"], "ids": [], "ids": {}}',
    **{f"{n} deep": b'{"x": ' + nested(n - 1) + b"}" for n in (64, 65, 254, 965, 1025, 5000)},
    "3,000 keys": json.dumps(dict.fromkeys(map(str, range(3000)))).encode(),
    "900 keys": json.dumps(dict.fromkeys(map(str, range(900)))).encode(),
    "60,000 objects": b'{"x": [' + b"{}," * 60_000 + b"{}]}",
    "40,000 numbers": b'{"x": [' + b"1," * 40_000 + b"1]}",
    "a key of 100 KB": b'{"' + b"k" * 100_000 + b'": 1}',
    "a text of 1 MB": b'{"name": "' + b"x" * (1 << 20) + b'"}',
}

WORDS: dict[str, str] = {
    "empty": "",
    "NUL": "a\0b",
    "beyond Unicode": "\udcff",
    "long": "x" * 6000,
    "negative": "-1",
    "no integer": "1e400",
    "not a number": "NaN",
    "400 digits": "9" * 400,
    "a list": "[]",
    "an object": '{"conditions": [{"name": 1}]}',
    "65 deep": nested(65).decode(),
    "965 deep": '{"conditions": [{"name": "a", "value": ' + nested(960).decode() + "}]}",
    "a line break": "a\r\nb",
    "emoji": "😀",
}
"""Texts in the place of an argument of the query."""

IDS = (
    *("%00", "%ff", "%ed%a0%80", "..", "%2e%2e%2f", "%0d%0a", "%20", "%F0%9F%98%80"),
    *("0" * 32, "x" * 6000, "null", "[]", "%7B%7D", "-1", "'%20or%201=1"),
)
"""What stands in an address where an id belongs, percent-encoded."""

CONTENT_TYPES = (
    *("", "text/plain", "application/json; charset=utf-16", "application/json; charset=nothing"),
    *("multipart/form-data", "multipart/form-data; boundary=", "application/x-www-form-urlencoded"),
    *("application/x-tar", "x" * 5000, "application/json\x7f", "\xff"),
)

HEADERS: tuple[dict[str, str], ...] = (
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer \xff\xfe"},
    {"Authorization": "Bearer " + "x" * 6000},
    {"Authorization": "Basic Og=="},
    {"Host": "a b"},
    {"Transfer-Encoding": "gzip"},
    {
        "X-Request-Id": "x" * 6000,
        "Range": "bytes=-1-5,x",
        "If-Modified-Since": "never",
        "Accept": "\xff",
        "Cookie": "session=" + "x" * 4000,
        "X-Forwarded-For": "x" * 4000,
    },
)
"""Headers that are sent together; each of the last ones is passed over where it says nothing."""


NOT_BUILT = 501
"""The status of what is refused as not built, which is no defect."""


@dataclass(frozen=True)
class Page:
    """A page with a method; `body` and `query` are the models that it reads."""

    rule: Rule
    method: str
    body: tuple[type[BaseModel], ...]
    query: tuple[type[BaseModel], ...]

    def address(self, known: dict[str, str], **given: str) -> str:
        """Return its address with known ids, or those given."""
        path = self.rule.rule
        for name in self.rule.arguments:
            value = given.get(name, known.get(name, "0" * 32))
            path = path.replace(f"<{name}>", value).replace(f"<path:{name}>", value)
        return path


def pages_of(app: Flask) -> list[Page]:
    """Return every page that does something; those that delete stand at the end."""
    found = [
        Page(rule, method, models_read(view, "json_body"), models_read(view, "query_arguments"))
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.endswith(".refuse") and not rule.endpoint.startswith("web_")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for view in [app.view_functions[rule.endpoint]]
    ]
    return sorted(found, key=lambda page: (page.method == "DELETE", page.rule.rule, page.method))


def models_read(view: Callable[..., Any], reader: str) -> tuple[type[BaseModel], ...]:
    """Return the models that a page, or a function of its module, hands to a reader."""
    found = [
        item
        for function in functions_of(inspect.unwrap(view), set())
        if reader in function.__code__.co_names
        for item in named_in(function)
        if isinstance(item, type) and issubclass(item, BaseModel)
    ]
    return tuple(dict.fromkeys(found))


def names_in(view: Callable[..., Any]) -> set[str]:
    """Return the names that a page and the functions of its module that it calls make use of."""
    functions = functions_of(inspect.unwrap(view), set())
    return {name for function in functions for name in function.__code__.co_names}


def functions_of(function: Callable[..., Any], seen: set[object]) -> Iterator[FunctionType]:
    """Yield a function, and those of its module that it calls."""
    assert isinstance(function, FunctionType)
    seen.add(function)
    yield function
    for item in named_in(function):
        if (
            isinstance(item, FunctionType)
            and item.__module__ == function.__module__
            and item not in seen
        ):
            yield from functions_of(item, seen)


def named_in(function: FunctionType) -> list[object]:
    """Return what a function names of its module."""
    return [function.__globals__.get(name) for name in function.__code__.co_names]


Place = tuple[str | int, ...]
"""The way to a field of a body: names, and 0 for the first of a list."""


def places(model: type[BaseModel]) -> Iterator[Place]:
    """Yield the way to each field of a model, at every level, under each of its names."""
    return (place for group in places_together(model).values() for place in group)


def places_together(model: type[BaseModel]) -> dict[tuple[Place, int], list[Place]]:
    """Return the ways to all fields, in groups that one body may fill: none is on another's way.

    The names of a field are in several groups, as only the first that is there is read.
    """
    found: dict[tuple[Place, int], list[Place]] = defaultdict(list)
    for name, field in model.model_fields.items():
        choices = field.validation_alias
        names = choices.choices if isinstance(choices, AliasChoices) else [name]
        for number, alias in enumerate(names):
            assert isinstance(alias, str)
            found[(), number].append((alias,))
        for inner, in_list in models_in(field.annotation):
            way: Place = (str(names[0]), *([0] if in_list else []))
            for (rest, number), group in places_together(inner).items():
                found[(*way, *rest), number] += [(*way, *place) for place in group]
    return {where: list(dict.fromkeys(group)) for where, group in found.items()}


def models_in(annotation: Any, *, in_list: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    """Yield the models in a type, and whether they stand in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, in_list
    for part in get_args(annotation):
        yield from models_in(part, in_list=in_list or get_origin(annotation) is list)


@cache
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return what of a model's JSON schema is needed: which fields there must be."""
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    return {name: model.model_fields[name] for name in required}


def sample(model: type[BaseModel], known: dict[str, Any]) -> dict[str, Any]:
    """Return a body that is complete, with things that exist."""
    filled = {name: sample_value(field.annotation) for name, field in schema_of(model).items()}
    return filled | {name: known[name] for name in model.model_fields if name in known}


def sample_value(annotation: Any) -> Any:
    """Return a plain value for a field that has to be there."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return sample(annotation, {})
    if get_origin(annotation) is list:
        return [sample_value(get_args(annotation)[0])]
    values = get_args(annotation)
    return values[0] if values and isinstance(values[0], str) else "x"


def with_slots(body: Any, places: Iterable[Place]) -> Any:
    """Return a body whose values in all these places are the slot."""
    return reduce(with_slot, places, body)


def with_slot(body: Any, place: Iterable[str | int]) -> Any:
    """Return a body whose value in a place is the slot; what is missing on the way is made."""
    first, *rest = [*place, None]
    if first is None:
        return SLOT
    inner = rest[:-1]
    if isinstance(first, int):
        return [with_slot(body[0] if isinstance(body, list) and body else {}, inner)]
    beside = body if isinstance(body, dict) else {}
    return {**beside, first: with_slot(beside.get(first), inner)}


def replaced(body: Any, value: Any) -> Any:
    """Return a body with a value in its slots."""
    if isinstance(body, dict):
        return {name: replaced(inner, value) for name, inner in body.items()}
    if isinstance(body, list):
        return [replaced(inner, value) for inner in body]
    return value if body == SLOT else body


def filled(body: Any, value: bytes) -> bytes:
    """Return the JSON text of a body with a hostile value in its slots."""
    return json.dumps(body).encode().replace(json.dumps(SLOT).encode(), value)


FORMS: dict[str, tuple[str, bytes]] = {
    "nothing": ("multipart/form-data; boundary=b", b""),
    "no end": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ntext',
    ),
    "no headers": ("multipart/form-data; boundary=b", b"--b\r\n\r\ntext\r\n--b--\r\n"),
    "no disposition": (
        "multipart/form-data; boundary=b",
        b"--b\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b--\r\n",
    ),
    "no boundary": ("multipart/form-data", b"--b\r\n\r\ntext\r\n--b--\r\n"),
    "a boundary of 1,000": ("multipart/form-data; boundary=" + "b" * 1000, b"--b--"),
    "a header of 1 MB": (
        "multipart/form-data; boundary=b",
        b"--b\r\nX: " + b"x" * (1 << 20) + b"\r\n\r\ntext\r\n--b--\r\n",
    ),
    "2,000 parts": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 2000 + b"--b--\r\n",
    ),
    **{
        f"a file called {name!r}": (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
            + name
            + b'"\r\n\r\ntext\r\n--b--\r\n',
        )
        for name in (b"", b"..", b"a\0.txt", b"\xff\xfe.txt", b"a" * 300 + b".txt", b"\xed\xa0\x80")
    },
    "a file whose name is 20,000 long": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + b"n" * 20_000
        + b'.txt"\r\n\r\ntext\r\n--b--\r\n',
    ),
}
"""Broken uploads: content type and body."""
