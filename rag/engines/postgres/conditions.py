"""Turns a metadata condition into SQL of PostgreSQL over the document and metadata tables."""

from collections.abc import Mapping

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.engines.conditions import NEGATED, Comparable, operands
from rag.engines.segmented.session import Test, joined

# `wanted` holds what a condition compares with. A comparison with NULL does not hold, which is
# right for a text that reads as no number. Texts are bytes, whose order is that of their letters.
_HOLDERS = (
    "EXISTS (SELECT 1 FROM metadata, unnest(?::bytea[], ?::float8[], ?::boolean[])"
    " AS wanted (text, number, numeric)"
    " WHERE metadata.document = document.number AND metadata.name = ? AND {test})"
)
_EQUAL = (
    "CASE WHEN metadata.numeric OR wanted.numeric THEN metadata.number = wanted.number"
    " ELSE metadata.text = wanted.text END"
)
_ORDERED = (
    "CASE WHEN metadata.number IS NOT NULL AND wanted.number IS NOT NULL"
    " THEN metadata.number {sign} wanted.number"
    " ELSE NOT (metadata.numeric OR wanted.numeric) AND metadata.text {sign} wanted.text END"
)
_TESTS: Mapping[Comparison, str] = {
    Comparison.IS: _EQUAL,
    Comparison.IN: _EQUAL,
    Comparison.GREATER: _ORDERED.format(sign=">"),
    Comparison.LESS: _ORDERED.format(sign="<"),
    Comparison.GREATER_EQUAL: _ORDERED.format(sign=">="),
    Comparison.LESS_EQUAL: _ORDERED.format(sign="<="),
    Comparison.CONTAINS: "position(wanted.text IN metadata.text) > 0",
    Comparison.STARTS_WITH: ("substr(metadata.text, 1, octet_length(wanted.text)) = wanted.text"),
    Comparison.ENDS_WITH: (
        "octet_length(metadata.text) >= octet_length(wanted.text) AND wanted.text ="
        " substr(metadata.text, octet_length(metadata.text) - octet_length(wanted.text) + 1)"
    ),
    Comparison.NOT_EMPTY: "metadata.text <> ''",
}


def as_bytes(text: str) -> bytes:
    """Return a text as it is stored in metadata."""
    return text.encode("utf-8", "surrogatepass")


def _part(condition: Condition) -> Test:
    comparison = NEGATED.get(condition.comparison, condition.comparison)
    listed = operands(condition)
    holds = listed or comparison is Comparison.NOT_EMPTY
    # What holds whatever it is compared with is compared with one thing.
    listed = listed or [Comparable("", None, numeric=False)]
    texts = [as_bytes(one.text) for one in listed]
    numbers = [one.number for one in listed]
    numeric = [one.numeric for one in listed]
    test = _HOLDERS.format(test=_TESTS[comparison] if holds else "FALSE")
    values: list[object] = [texts, numbers, numeric, as_bytes(condition.name)]
    return f"NOT {test}" if condition.comparison in NEGATED else test, values


def postgres_condition(condition: MetadataCondition) -> Test:
    """Return SQL that holds for the rows of `document` that meet the condition."""
    return joined(condition, _part)
