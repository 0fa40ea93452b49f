"""How metadata compares; the contract tests try every comparison."""

import pytest

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.engines.conditions import comparable, matches, members, operands


@pytest.mark.parametrize(
    ("value", "text", "number", "numeric"),
    [
        ("North", "north", None, False),
        ("STRASSE", "strasse", None, False),
        ("straße", "strasse", None, False),
        ("12", "12", 12.0, False),
        (" 1e3 ", " 1e3 ", 1000.0, False),
        ("nan", "nan", None, False),
        ("-Infinity", "-infinity", None, False),
        (12, "12", 12.0, True),
        (12.5, "12.5", 12.5, True),
        (float("inf"), "inf", None, False),
        (10**400, str(10**400), None, False),
        (True, "true", 1.0, False),
        (False, "false", 0.0, False),
    ],
    ids=lambda value: str(value)[:12],
)
def test_values_compare_as_texts_and_numbers(
    value: str | float, text: str, number: float | None, *, numeric: bool
) -> None:
    found = comparable(value)
    assert (found.text, found.number, found.numeric) == (text, number, numeric)


def test_a_list_compares_by_its_members() -> None:
    assert [one.text for one in members(["A", 1])] == ["a", "1"]
    assert [one.text for one in members("A, 1")] == ["a, 1"]


def test_only_membership_takes_a_list_in_a_text() -> None:
    inside = operands(Condition("x", Comparison.NOT_IN, "a , B,"))
    assert [one.text for one in inside] == ["a", "b", ""]
    assert [one.text for one in operands(Condition("x", Comparison.IS, "a,b"))] == ["a,b"]


def test_no_condition_holds_for_everything() -> None:
    assert matches(MetadataCondition(()), {})
    assert matches(MetadataCondition((), match_all=False), {})


def test_one_or_all_conditions_must_hold() -> None:
    parts = (Condition("a", Comparison.IS, 1), Condition("b", Comparison.IS, 2))
    assert matches(MetadataCondition(parts), {"a": 1, "b": 2})
    assert not matches(MetadataCondition(parts), {"a": 1})
    assert matches(MetadataCondition(parts, match_all=False), {"b": "2"})
    assert not matches(MetadataCondition(parts, match_all=False), {"b": 3})
