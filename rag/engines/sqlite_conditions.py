"""Turns a metadata condition into SQL over the document and metadata tables."""

from collections.abc import Mapping

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.engines.conditions import NEGATED, Comparable, operands

Parameter = str | float | int | None

_ORDER: Mapping[Comparison, str] = {
    Comparison.GREATER: ">",
    Comparison.LESS: "<",
    Comparison.GREATER_EQUAL: ">=",
    Comparison.LESS_EQUAL: "<=",
}
_TEXTS: Mapping[Comparison, str] = {
    Comparison.CONTAINS: "instr(text, ?1) > 0",
    Comparison.STARTS_WITH: "substr(text, 1, length(?1)) = ?1",
    Comparison.ENDS_WITH: "(?1 = '' OR substr(text, -length(?1)) = ?1)",
}
# A comparison with a number holds for no NULL, which is what a text that is no number has.
_EQUAL = "CASE WHEN numeric OR ?3 THEN number = ?2 ELSE text = ?1 END"
_ORDERED = (
    "CASE WHEN number IS NOT NULL AND ?2 IS NOT NULL THEN number {sign} ?2"
    " ELSE NOT (numeric OR ?3) AND text {sign} ?1 END"
)


def _template(comparison: Comparison) -> str:
    if comparison in _ORDER:
        return _ORDERED.format(sign=_ORDER[comparison])
    return _TEXTS.get(comparison, _EQUAL)


class ConditionCompiler:
    """Collects the parameters of one statement while it writes the statement's condition."""

    def __init__(self) -> None:
        """Start without parameters."""
        self.parameters: list[Parameter] = []

    def add(self, value: Parameter) -> str:
        """Return the place holder of one more parameter."""
        self.parameters.append(value)
        return f"?{len(self.parameters)}"

    def _member(self, comparison: Comparison, wanted: Comparable) -> str:
        text, number = self.add(wanted.text), self.add(wanted.number)
        numeric = self.add(int(wanted.numeric))
        template = _template(comparison)
        places = {"?1": text, "?2": number, "?3": numeric}
        pieces = template.replace("?", "\0?").split("\0")
        return "".join(places.get(piece[:2], piece[:2]) + piece[2:] for piece in pieces)

    def _part(self, condition: Condition) -> str:
        comparison = NEGATED.get(condition.comparison, condition.comparison)
        if comparison is Comparison.NOT_EMPTY:
            test = "text <> ''"
        else:
            tests = [self._member(comparison, wanted) for wanted in operands(condition)]
            test = " OR ".join(tests) or "FALSE"
        name = self.add(condition.name)
        negation = "NOT " if condition.comparison in NEGATED else ""
        return (
            f"{negation}EXISTS (SELECT 1 FROM metadata WHERE metadata.document = document.number"
            f" AND metadata.name = {name} AND ({test}))"
        )

    def compile(self, condition: MetadataCondition) -> str:
        """Return SQL that holds for the rows of `document` that meet the condition."""
        parts = [self._part(part) for part in condition.conditions]
        return "(" + (" AND " if condition.match_all else " OR ").join(parts or ["TRUE"]) + ")"
