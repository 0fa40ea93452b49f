"""Turns a metadata condition into SQL over the document and metadata tables."""

import json
from collections.abc import Mapping

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.engines.conditions import NEGATED, operands
from rag.engines.segmented.session import Test, joined

# `wanted` holds what a condition compares with, as [text, number or null, is numeric]. A
# comparison with NULL does not hold, which is right for a text that reads as no number. The ends
# of texts are compared as bytes: as texts, SQLite takes them to end at the first NUL.
_HOLDERS = (
    "EXISTS (SELECT 1 FROM metadata, json_each(?) AS wanted"
    " WHERE metadata.document = document.number AND metadata.name = ? AND {test})"
)
_EQUAL = (
    "CASE WHEN numeric OR wanted.value ->> 2 THEN number = wanted.value ->> 1"
    " ELSE text = wanted.value ->> 0 END"
)
_ORDERED = (
    "CASE WHEN number IS NOT NULL AND wanted.value ->> 1 IS NOT NULL"
    " THEN number {sign} wanted.value ->> 1"
    " ELSE NOT (numeric OR wanted.value ->> 2) AND text {sign} wanted.value ->> 0 END"
)
_END = (
    "(wanted.value ->> 0 = ''"
    " OR substr(CAST(text AS BLOB), {place}) = CAST(wanted.value ->> 0 AS BLOB))"
)
_TESTS: Mapping[Comparison, str] = {
    Comparison.IS: _EQUAL,
    Comparison.IN: _EQUAL,
    Comparison.GREATER: _ORDERED.format(sign=">"),
    Comparison.LESS: _ORDERED.format(sign="<"),
    Comparison.GREATER_EQUAL: _ORDERED.format(sign=">="),
    Comparison.LESS_EQUAL: _ORDERED.format(sign="<="),
    Comparison.CONTAINS: "instr(text, wanted.value ->> 0) > 0",
    Comparison.STARTS_WITH: _END.format(place="1, octet_length(wanted.value ->> 0)"),
    Comparison.ENDS_WITH: _END.format(place="-octet_length(wanted.value ->> 0)"),
    Comparison.NOT_EMPTY: "text <> ''",
}


def _part(condition: Condition) -> Test:
    comparison = NEGATED.get(condition.comparison, condition.comparison)
    listed = [[one.text, one.number, one.numeric] for one in operands(condition)]
    holds = listed or comparison is Comparison.NOT_EMPTY
    test = _HOLDERS.format(test=_TESTS[comparison] if holds else "FALSE")
    values: list[object] = [json.dumps(listed or [["", None, False]]), condition.name]
    return f"NOT {test}" if condition.comparison in NEGATED else test, values


def sqlite_condition(condition: MetadataCondition) -> Test:
    """Return SQL that holds for the rows of `document` that meet the condition."""
    return joined(condition, _part)
