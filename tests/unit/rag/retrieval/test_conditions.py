"""Metadata conditions in the contract's JSON form."""

from typing import Any

import pytest

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.retrieval.conditions import InvalidConditionError, read_condition


def one(operator: object = "is", value: object = "x", name: object = "shelf") -> dict[str, Any]:
    return {"conditions": [{"name": name, "comparison_operator": operator, "value": value}]}


def comparison(operator: str) -> Comparison:
    found = read_condition(one(operator))
    assert found is not None
    return found.conditions[0].comparison


@pytest.mark.parametrize("value", [None, {}, {"conditions": []}, {"conditions": None}])
def test_nothing_asks_for_nothing(value: object) -> None:
    assert read_condition(value) is None


def test_conditions_and_how_they_are_joined() -> None:
    listed = [
        {"name": "shelf", "comparison_operator": "contains", "value": "north"},
        {"name": "year", "comparison_operator": ">", "value": 1999},
    ]
    expected = (
        Condition("shelf", Comparison.CONTAINS, "north"),
        Condition("year", Comparison.GREATER, 1999),
    )
    assert read_condition({"conditions": listed}) == MetadataCondition(expected)
    for logic, match_all in (("and", True), ("or", False), (None, True), ("", True)):
        found = read_condition({"conditions": listed, "logic": logic})
        assert found == MetadataCondition(expected, match_all=match_all)


@pytest.mark.parametrize("known", list(Comparison))
def test_every_comparison_has_its_name(known: Comparison) -> None:
    assert comparison(known.value) is known
    assert comparison(f" {known.value.upper()} ") is known


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("=", "is"),
        ("==", "is"),
        ("≠", "not is"),
        ("!=", "not is"),
        ("is not", "not is"),
        (">=", "≥"),
        ("<=", "≤"),
        ("starts with", "start with"),
        ("ends with", "end with"),
    ],
)
def test_synonyms(operator: str, expected: str) -> None:
    assert comparison(operator) is Comparison(expected)


def test_the_comparison_is_equality_unless_given_and_the_value_empty() -> None:
    found = read_condition({"conditions": [{"name": "shelf"}]})
    assert found == MetadataCondition((Condition("shelf", Comparison.IS, ""),))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), (1, 1), (1.5, 1.5), (True, True), (None, ""), (["a", 1], ("a", 1)), ([], ())],
)
def test_values(value: object, expected: object) -> None:
    found = read_condition(one(value=value))
    assert found is not None
    assert found.conditions[0].value == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "`metadata_condition` must be an object."),
        ("x", "`metadata_condition` must be an object."),
        ({"conditions": [], "logic": "xor"}, "`metadata_condition.logic` must be `and` or `or`."),
        ({"conditions": {}, "logic": 1}, "`metadata_condition.logic` must be `and` or `or`."),
        ({"conditions": "x"}, "`metadata_condition.conditions` must be a list."),
        ({"conditions": ["x"]}, "`metadata_condition.conditions[0]` must be an object."),
        ({"conditions": ["x"] * 501}, "`metadata_condition.conditions` must be at most 500, not"),
        (one(name=""), "`metadata_condition.conditions[0].name` must be the name of a"),
        (one(name=7), "`metadata_condition.conditions[0].name` must be the name of a"),
        (one("like"), "`metadata_condition.conditions[0].comparison_operator` is 'like': use one"),
        (one(3), "`metadata_condition.conditions[0].comparison_operator` is 3: use one of is, not"),
        (one(value={}), "`metadata_condition.conditions[0].value` must be a text, a number or"),
        (one(value=["a", []]), "`metadata_condition.conditions[0].value` must be a text, a"),
    ],
)
def test_what_cannot_be_read_is_named(value: object, message: str) -> None:
    with pytest.raises(InvalidConditionError) as error:
        read_condition(value)
    assert str(error.value).startswith(message)


def test_errors_name_the_field_as_the_caller_calls_it() -> None:
    with pytest.raises(InvalidConditionError, match="`filter` must be an object"):
        read_condition(1, "filter")


@pytest.mark.parametrize("logic", [["and"], {}, {"and": 1}])
def test_logic_of_another_type(logic: object) -> None:
    value = {"conditions": one()["conditions"], "logic": logic}
    if not logic:
        assert read_condition(value) is not None
        return
    with pytest.raises(InvalidConditionError, match="logic` must be"):
        read_condition(value)
