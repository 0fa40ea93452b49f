"""What the command line prints: tables for people, JSON for programs."""

import json
import re
import sys
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters, but for tabs and line ends: what a terminal might take for a command."""

HEADS = {
    "document_count": "documents",
    "chunk_count": "chunks",
    "chunk_method": "method",
    "embedding_model": "embedding model",
    "is_active": "active",
    "is_on": "on",
    "base_url": "address",
    "document_name": "document",
    "dataset_name": "dataset",
    "is_superuser": "administrator",
    "create_time": "created",
    "last_used_time": "last used",
    "last_login_time": "last login",
}
"""What columns of tables are called, where it is not the field's name."""

UNITS = ("B", "KB", "MB", "GB", "TB")
STEP = 1024


def say(text: object = "", *, end: str = "\n", err: bool = False) -> None:
    """Print text of any origin, without what would make a terminal do something."""
    click.echo(plain(str(text)) + end, nl=False, err=err)


def plain(text: str) -> str:
    """Return a text without control characters."""
    return CONTROL.sub("", text)


def print_json(value: object) -> None:
    """Print a value as one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(rows: Iterable[Sequence[object]], heads: Sequence[str]) -> None:
    """Print rows under their heads, columns aligned."""
    table = [list(heads), *([one_line(str(cell)) for cell in row] for row in rows)]
    widths = [max(width(row[column]) for row in table) for column in range(len(heads))]
    for row in table:
        cells = (cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def shown(records: Sequence[Mapping[str, object]], fields: Sequence[str], *, as_json: bool) -> None:
    """Print records as JSON, or some of their fields as a table."""
    if as_json:
        print_json(records)
    else:
        rows = ([cell(field, record.get(field, "")) for field in fields] for record in records)
        print_table(rows, [HEADS.get(field, field) for field in fields])


def cell(field: str, value: Any) -> str:
    """Return a value as a table shows it."""
    if field.endswith("_time"):
        return moment(value)
    if field == "size":
        return amount(value)
    if field == "progress":
        return f"{max(0, round(100 * value))} %"
    if field == "contract":
        return value or "as set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def moment(milliseconds: int) -> str:
    """Return a time as this machine's clocks show it; 0 means never."""
    if not milliseconds:
        return "never"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(milliseconds / 1000))


def amount(size: float) -> str:
    """Return a number of bytes in the unit that suits it."""
    for unit in UNITS:
        if size < STEP or unit == UNITS[-1]:
            break
        size /= STEP
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it belongs."""
    plural = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number} {noun}" if number == 1 else f"{number} {plural}"


def one_line(text: str) -> str:
    """Return a text on one line, without control characters."""
    return " ".join(plain(text).split())


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) - sum(unicodedata.combining(letter) > 0 for letter in text) + wide


def is_terminal() -> bool:
    """Return whether progress bars can be drawn: standard error is a terminal."""
    return sys.stderr.isatty()
