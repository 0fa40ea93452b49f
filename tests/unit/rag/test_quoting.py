"""Values as messages quote them."""

import pytest

from rag.quoting import enumerated, listed, quoted, represented


def deep(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [None, True, -1, 0.5, "text", [], {}, {"a": [1, "b"], "c": {"d": None}}]
)
def test_a_short_value_is_shown_as_it_is(value: object) -> None:
    assert quoted(value) == str(value)
    assert represented(value) == repr(value)


@pytest.mark.parametrize(
    "value",
    ["x" * 1000, ["x" * 1000], list(range(1000)), {"k" * 1000: 1}, deep(20_000)],
    ids=["text", "text in a list", "list", "key", "depth"],
)
def test_a_long_or_deep_value_is_cut(value: object) -> None:
    assert len(quoted(value)) == 128
    assert len(quoted(value, 10)) == 10


def test_of_many_texts_the_first_are_named() -> None:
    many = [f"id{number}" for number in range(1025)]
    assert listed(many) == [*many[:20], "and 1,005 more"]
    assert listed(many[:20]) == many[:20]
    assert enumerated(["a", "b" * 200]) == f"a, {'b' * 128}"
