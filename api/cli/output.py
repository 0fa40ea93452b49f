"""What the command line prints: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click


def print_json(value: object) -> None:
    """Print a value as one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(rows: Iterable[Sequence[object]], heads: Sequence[str]) -> None:
    """Print rows under their heads, columns aligned."""
    table = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
    for row in table:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def shown(records: Sequence[dict[str, Any]], fields: Sequence[str], *, as_json: bool) -> None:
    """Print records as JSON, or some of their fields as a table."""
    if as_json:
        print_json(records)
    else:
        print_table(([record.get(field, "") for field in fields] for record in records), fields)


def is_terminal() -> bool:
    """Tell whether progress bars can be drawn: standard error is a terminal."""
    return sys.stderr.isatty()
