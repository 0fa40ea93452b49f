"""JSON and JSON Lines: objects as readable `path: value` lines, uniform lists as tables."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.decoding import lines, open_text
from rag.parsing.paging import paginate
from rag.parsing.rows import row_block
from rag.parsing.text.notebook import is_notebook, notebook_blocks
from rag.parsing.text.rich_json import rich_blocks
from rag.shortening import LONGEST_REPEATED, shortened
from rag.types import Block, Page

MAX_BYTES = 64 * 1024 * 1024
"""Larger documents are refused: their values take some ten times their size."""

_LONGEST_LINE = 8 * 1024 * 1024
_BLOCK_CHARS = 2000
_MAX_DEPTH = 200
_KEPT = 240
"""How much of the beginning and of the end of a long path is kept."""
_NAMED_LINES = 10
_BASE64 = re.compile(
    r"(?=[^a-z]*+[a-z])(?=[^A-Z]*+[A-Z])(?=\D*+\d)(?:[A-Za-z0-9+/_-]++\s?+)++=*+\s*+"
)
_SHORTEST_FILE = 256
_LONGEST_TYPE = 100

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def _scalar(value: Json) -> str:
    """Return a value as a person would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if _is_embedded(value) else str(value)


def _is_embedded(value: Json) -> bool:
    """Return whether a value is a file in base64, as pictures in documents kept as JSON are."""
    text = value if isinstance(value, str) else ""
    if text.startswith("data:") and ";base64," in text[:_LONGEST_TYPE]:
        return True
    return len(text) >= _SHORTEST_FILE and _BASE64.fullmatch(text) is not None


def _is_list(value: Json) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_scalar(value: Json) -> bool:
    return not isinstance(value, Mapping) and not _is_list(value)


def _path(path: str, key: str) -> str:
    """Return the path of a member; of a long one the beginning and the end, as it is repeated."""
    whole = f"{path}.{shortened(key)}" if path else shortened(key)
    return whole if len(whole) <= LONGEST_REPEATED else f"{whole[:_KEPT]}...{whole[-_KEPT:]}"


def _children(value: Json, path: str) -> list[tuple[str, Json]]:
    if isinstance(value, Mapping):
        return [(_path(path, key), child) for key, child in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [(f"{path}[{index}]", child) for index, child in enumerate(value, 1)]
    return []


def _long_keys(value: Json) -> Iterator[str]:
    """Yield the keys of an object that are too long for paths, which hold their beginnings."""
    if isinstance(value, Mapping):
        yield from (key for key in value if len(key) > LONGEST_REPEATED)


def _flat(value: Json, path: str = "") -> Iterator[str]:
    """Yield `path: value` for each value inside `value`, in order, without recursion."""
    pending = [(path, value)]
    while pending:
        where, current = pending.pop()
        if isinstance(current, list) and all(map(_is_scalar, current)):
            current = ", ".join(map(_scalar, current))
        if _is_scalar(current):
            text = _scalar(current)
            if text.strip():
                yield f"{where}: {text}" if where else text
        else:
            yield from _long_keys(current)
            pending.extend(reversed(_children(current, where)))


def _is_table(values: Json) -> bool:
    """Return whether a list holds at least two flat objects, all with the same keys."""
    if not isinstance(values, list) or len(values) <= 1:
        return False
    if not all(
        isinstance(item, dict) and item and all(map(_is_scalar, item.values())) for item in values
    ):
        return False
    return all(one.keys() == other.keys() for one, other in pairwise(values))


def _record(item: Mapping[str, Json], table: str = "") -> Block:
    return row_block([_scalar(value) for value in item.values()], list(map(shortened, item)), table)


def _lines_as_blocks(texts: Iterator[str]) -> Iterator[Block]:
    kept: list[str] = []
    size = 0
    for text in texts:
        kept.append(text)
        size += len(text)
        if size >= _BLOCK_CHARS:
            yield Block(text="\n".join(kept))
            kept, size = [], 0
    if kept:
        yield Block(text="\n".join(kept))


def _member_blocks(value: Json, path: str) -> Iterator[Block]:
    """Yield a list or object: a table as rows, a list item by item, the rest as lines."""
    if isinstance(value, list) and _is_table(value):
        yield from _lines_as_blocks(_long_keys(value[0]))
        for item in value:
            yield _record(item, path)
    elif isinstance(value, list) and not all(map(_is_scalar, value)):
        for where, item in _children(value, path):
            yield from _lines_as_blocks(_flat(item, where if path else ""))
    else:
        yield from _lines_as_blocks(_flat(value, path))


def json_blocks(document: Json) -> Iterator[Block]:
    """Yield a document's values: first the plain ones, then each list or object in order."""
    if not isinstance(document, Mapping):
        yield from _member_blocks(document, "")
        return
    plain = {key: value for key, value in document.items() if _is_scalar(value)}
    yield from _lines_as_blocks(_flat(plain))
    for key, value in document.items():
        if not _is_scalar(value):
            if len(key) > LONGEST_REPEATED:
                yield Block(text=key)
            yield from _member_blocks(value, shortened(key))


def document_blocks(document: Json) -> Iterator[Block]:
    """Yield what a document means, where it is of a kind that is known, else its values."""
    if is_notebook(document):
        return notebook_blocks(document)
    return rich_blocks(document) or json_blocks(document)


def _is_too_deep(document: Json) -> bool:
    level: list[Json] = [document]
    for _ in range(_MAX_DEPTH):
        level = [child for value in level for _, child in _children(value, "")]
        if not level:
            return False
    return True


def _read(text: str) -> Json:
    """Return the value that a JSON text spells, with its numbers as they are written."""
    value: Json = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    return value


def _load(text: str, name: str) -> Json:
    try:
        document = _read(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ParseError(f"{name} is not valid JSON: {error.msg} at {where}.") from error
    except RecursionError as error:
        raise ParseError(f"{name} is nested too deeply.") from error
    if _is_too_deep(document):
        raise ParseError(f"{name} nests values deeper than {_MAX_DEPTH} levels.")
    return document


def parse_json(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the values of a JSON document; pages are slices of it."""
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(
            f"{name} is larger than the {MAX_BYTES // 1024**2} MB a JSON document may have: "
            "split it, or write one object a line and name it .jsonl."
        )
    with open_text(path, name) as stream:
        text = stream.read().removeprefix("\ufeff")
    if text.strip():
        yield from paginate(document_blocks(_load(text, name)), options)


def _line_blocks(text: str) -> Iterator[Block]:
    document = _read(text)
    if isinstance(document, dict) and document and all(map(_is_scalar, document.values())):
        yield from _lines_as_blocks(_long_keys(document))
        yield _record(document)
    elif not _is_too_deep(document):
        yield from _lines_as_blocks(_flat(document))
    else:
        raise ValueError("nested too deeply")


class _Lines:
    """The blocks of a JSON Lines file, with the numbers of the lines that could not be read."""

    def __init__(self) -> None:
        self.good = 0
        self.bad: list[int] = []

    def blocks(self, path: Path, name: str) -> Iterator[Block]:
        """Yield the blocks of each good line; remember the bad ones."""
        with open_text(path, name) as stream:
            for number, line in enumerate(lines(stream, _LONGEST_LINE), 1):
                text = line.removeprefix("\ufeff")
                if not text.strip():
                    continue
                try:
                    blocks = list(_line_blocks(text))
                except (ValueError, RecursionError):
                    self.bad.append(number)
                    continue
                self.good += 1
                yield from blocks

    def remark(self) -> str:
        """Name the bad lines; empty if there are none."""
        if not self.bad:
            return ""
        named = ", ".join(map(str, self.bad[:_NAMED_LINES]))
        more = f" and {len(self.bad) - _NAMED_LINES} more" if len(self.bad) > _NAMED_LINES else ""
        return f"not valid JSON, left out: line {named}{more}"


def parse_json_lines(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the values of a file with one a line; bad lines are named in a last page."""
    found = _Lines()
    number = 0
    for page in paginate(found.blocks(path, name), options):
        number = page.number
        yield page
    if found.bad and not found.good:
        raise ParseError(f"{name} holds no line of valid JSON; write one value a line.")
    if found.bad:
        yield Page(number=number + 1, total=0, blocks=(), note=found.remark())
