"""How much structure JSON may have."""

from typing import Any

import orjson
import pytest

from api.errors import ArgumentError
from api.schemas.structure import DEEPEST, MOST_VALUES, check_structure


def nested(levels: int) -> bytes:
    return b'{"x":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    "text",
    [
        nested(DEEPEST),
        orjson.dumps({"ids": ["a" * 32] * 10_000, "document_ids": ["b" * 32] * 10_000}),
        orjson.dumps({"content": "[{," * 100_000}),
        orjson.dumps({"content": '"[\\' * 100_000}),
        orjson.dumps({"content": "\\" * 200_001 + '"' + "[" * 100}),
        orjson.dumps([[]] * 10_000),
        b"",
        b"}" * 100_000,
    ],
    ids=["deepest", "ids", "brackets", "quotes", "backslashes", "flat", "nothing", "closing"],
)
def test_honest_text_passes(text: bytes) -> None:
    check_structure(text)


@pytest.mark.parametrize("levels", [DEEPEST + 1, 254, 965, 5000])
def test_what_is_nested_deeper_is_refused(levels: int) -> None:
    for text in (
        nested(levels),
        b"[" * levels,
        b'{"a":"' + b"]" * 500 + b'","x":' + nested(levels),
    ):
        with pytest.raises(ArgumentError, match="nested deeper than 64"):
            check_structure(text)


@pytest.mark.parametrize("item", [b"{},", b"1,", b'"",', b'""'])
def test_what_holds_more_values_is_refused(item: bytes) -> None:
    with pytest.raises(ArgumentError, match="holds more than 50,000 values"):
        check_structure(b'{"x":[' + item * (MOST_VALUES + 1))


@pytest.mark.parametrize("shift", range(4))
def test_slices_do_not_matter(shift: int) -> None:
    filling = '\\"[' * 60_000  # escapes on the border of every slice
    value: dict[str, Any] = {"x" * shift: filling, "y": [[[filling]]], "z": filling}
    check_structure(orjson.dumps(value))
    inner: Any = filling
    for _ in range(DEEPEST):
        inner = [inner]
    with pytest.raises(ArgumentError, match="nested deeper"):
        check_structure(orjson.dumps({"x" * shift: filling, "y": inner}))
