"""Turns a metadata condition into SQL over the document and metadata tables."""

import json
from collections.abc import Mapping

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.engines.conditions import NEGATED, operands

# `wanted` holds what a condition compares with, as [text, number or null, is numeric]. A
# comparison with NULL does not hold, which is right for a text that reads as no number. The ends
# of texts are compared as bytes: as texts, SQLite takes them to end at the first NUL.
_HOLDERS = (
    "EXISTS (SELECT 1 FROM metadata, json_each({wanted}) AS wanted"
    " WHERE metadata.document = document.number AND metadata.name = {name} AND {test})"
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


class ConditionCompiler:
    """Collects the parameters of one statement while it writes the statement's condition."""

    def __init__(self) -> None:
        """Start without parameters."""
        self.parameters: list[str] = []

    def add(self, value: str) -> str:
        """Return the place holder of one more parameter."""
        self.parameters.append(value)
        return f"?{len(self.parameters)}"

    def _part(self, condition: Condition) -> str:
        comparison = NEGATED.get(condition.comparison, condition.comparison)
        listed = [[one.text, one.number, one.numeric] for one in operands(condition)]
        holders = _HOLDERS.format(
            wanted=self.add(json.dumps(listed or [["", None, False]])),
            name=self.add(condition.name),
            test=_TESTS[comparison] if listed or comparison is Comparison.NOT_EMPTY else "FALSE",
        )
        return f"NOT {holders}" if condition.comparison in NEGATED else holders

    def compile(self, condition: MetadataCondition) -> str:
        """Return SQL that holds for the rows of `document` that meet the condition."""
        parts = [
            self.compile(part) if isinstance(part, MetadataCondition) else self._part(part)
            for part in condition.conditions
        ]
        return "(" + (" AND " if condition.match_all else " OR ").join(parts or ["TRUE"]) + ")"
