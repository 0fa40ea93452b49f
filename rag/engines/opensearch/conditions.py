"""Metadata as keywords of a chunk, and conditions on them as queries.

A keyword begins with its kind and the name of the field. Numbers are written so that the order of
their texts is theirs. What a member of a list is, each kind tells for itself, so a query need never
know which two keywords belong together.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.engines.conditions import NEGATED, Comparable, members, operands
from rag.engines.opensearch.client import Json
from rag.types import MetaValue

_TEXT = "t"
"""The text of each member."""

_NUMBER = "n"
"""The number of each that reads as one."""

_NUMERIC = "m"
"""The number of each that is one."""

_PLAIN = "p"
"""The text of each that is no number."""

_WORD = "w"
"""The text of each that does not read as a number."""

_LONGEST = 8000
"""Letters of a text that are compared: a keyword has at most 32,766 bytes."""

_BOUNDS: Mapping[Comparison, str] = {
    Comparison.GREATER: "gt",
    Comparison.LESS: "lt",
    Comparison.GREATER_EQUAL: "gte",
    Comparison.LESS_EQUAL: "lte",
}
_SPECIAL = str.maketrans({"*": "\\*", "?": "\\?", "\\": "\\\\"})
_NOTHING: Json = {"match_none": {}}


def _sortable(number: float) -> str:
    """Return 16 digits whose order is that of numbers; both zeros are one."""
    [bits] = struct.unpack(">q", struct.pack(">d", number + 0.0))
    return f"{bits + (1 << 63) if bits >= 0 else ~bits:016x}"


def _text(text: str) -> str:
    # A surrogate that stands alone is no letter; as written out it cannot be mistaken for one.
    return text[:_LONGEST].encode("utf-8", "backslashreplace").decode()


def _start(kind: str, name: str) -> str:
    # No name is the beginning of another with what follows it.
    return f"{kind}{_text(name).replace(chr(0), chr(1))}\0"


def _keywords(name: str, member: Comparable) -> Iterator[str]:
    text = _text(member.text)
    yield _start(_TEXT, name) + text
    if member.number is not None:
        yield _start(_NUMBER, name) + _sortable(member.number)
    else:
        yield _start(_WORD, name) + text
    if member.numeric and member.number is not None:
        yield _start(_NUMERIC, name) + _sortable(member.number)
    else:
        yield _start(_PLAIN, name) + text


def metadata_keywords(metadata: Mapping[str, MetaValue]) -> list[str]:
    """Return the keywords by which conditions find metadata."""
    found = {
        keyword
        for name, value in metadata.items()
        for member in members(value)
        for keyword in _keywords(name, member)
    }
    return sorted(found)


def _term(keyword: str) -> Json:
    return {"term": {"metadata": keyword}}


def _equal(name: str, wanted: Comparable) -> Iterator[Json]:
    if wanted.numeric and wanted.number is not None:
        yield _term(_start(_NUMBER, name) + _sortable(wanted.number))
        return
    yield _term(_start(_PLAIN, name) + _text(wanted.text))
    if wanted.number is not None:
        yield _term(_start(_NUMERIC, name) + _sortable(wanted.number))


def _range(start: str, bound: str, value: str) -> Json:
    # After the keywords that begin alike comes what begins with the next letter.
    ends = {"gte": start, "lt": start[:-1] + "\1"}
    if bound in {"gt", "gte"}:
        ends.pop("gte")
    else:
        ends.pop("lt")
    return {"range": {"metadata": {**ends, bound: start + value}}}


def _ordered(name: str, comparison: Comparison, wanted: Comparable) -> Iterator[Json]:
    bound = _BOUNDS[comparison]
    if wanted.number is not None:
        yield _range(_start(_NUMBER, name), bound, _sortable(wanted.number))
        kind = _WORD
    else:
        kind = _PLAIN
    if not wanted.numeric:
        yield _range(_start(kind, name), bound, _text(wanted.text))


def _alike(name: str, comparison: Comparison, wanted: Comparable) -> Iterator[Json]:
    start, text = _start(_TEXT, name), _text(wanted.text)
    if comparison is Comparison.STARTS_WITH:
        yield {"prefix": {"metadata": start + text}}
        return
    after = "*" if comparison is Comparison.CONTAINS else ""
    pattern = f"{start.translate(_SPECIAL)}*{text.translate(_SPECIAL)}{after}"
    yield {"wildcard": {"metadata": {"value": pattern}}}


def _tests(name: str, comparison: Comparison, wanted: Comparable) -> Iterator[Json]:
    if comparison in _BOUNDS:
        return _ordered(name, comparison, wanted)
    if comparison in {Comparison.IS, Comparison.IN}:
        return _equal(name, wanted)
    return _alike(name, comparison, wanted)


def _any(tests: Sequence[Json]) -> Json:
    return {"bool": {"should": list(tests), "minimum_should_match": 1}} if tests else _NOTHING


def _part(condition: Condition) -> Json:
    comparison = NEGATED.get(condition.comparison, condition.comparison)
    if comparison is Comparison.NOT_EMPTY:
        start = _start(_TEXT, condition.name)
        test: Json = {"range": {"metadata": {"gt": start, "lt": start[:-1] + "\1"}}}
    else:
        listed = operands(condition)
        test = _any([t for one in listed for t in _tests(condition.name, comparison, one)])
    return {"bool": {"must_not": [test]}} if condition.comparison in NEGATED else test


def condition_query(condition: MetadataCondition) -> Json:
    """Return a query that chunks of the documents meet that meet the condition."""
    parts = [
        condition_query(part) if isinstance(part, MetadataCondition) else _part(part)
        for part in condition.conditions
    ]
    if not parts:
        return {"match_all": {}}
    return {"bool": {"filter": parts}} if condition.match_all else _any(parts)
