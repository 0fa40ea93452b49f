"""Tables for people, JSON for programs."""

import io
import json
import time
from contextlib import redirect_stdout

import pytest

from api.cli.output import amount, cell, counted, one_line, plain, print_json, print_table, shown


def printed(action: object, *arguments: object, **options: object) -> str:
    assert callable(action)
    with redirect_stdout(io.StringIO()) as caught:
        action(*arguments, **options)
    return caught.getvalue()


def test_columns_are_aligned_whatever_the_letters_wide() -> None:
    rows = [("文档.txt", 1), ("e\u0301.txt", 22), ("long name.txt", 3)]
    lines = printed(print_table, rows, ("name", "n")).splitlines()
    assert lines == [
        "name           n",
        "文档.txt       1",
        "e\u0301.txt          22",
        "long name.txt  3",
    ]


def test_a_cell_stays_on_its_line_and_commands_no_terminal() -> None:
    lines = printed(print_table, [("a\nb\x1b[31m\x07\x9b", "")], ("name", "x")).splitlines()
    assert lines == ["name     x", "a b[31m"]


def test_text_keeps_its_lines_and_tabs_but_no_control_characters() -> None:
    assert plain("a\tb\nc\x00\x1b]0;title\x07\x7f\x85d\r") == "a\tb\nc]0;titled"
    assert one_line("  a\r\n b\x1b ") == "a b"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("last_used_time", 0, "never"),
        ("size", 0, "0 B"),
        ("size", 1023, "1023 B"),
        ("size", 1536, "1.5 KB"),
        ("size", 5 << 40, "5.0 TB"),
        ("size", 5 << 60, "5242880.0 TB"),
        ("progress", 0.456, "46 %"),
        ("progress", -1.0, "0 %"),
        ("is_active", True, "yes"),
        ("is_active", False, "no"),
        ("name", "n", "n"),
    ],
)
def test_values_are_shown_as_people_read_them(field: str, value: object, expected: str) -> None:
    assert cell(field, value) == expected


def test_times_are_shown_by_this_machines_clock() -> None:
    moment = time.mktime((2026, 2, 3, 4, 5, 59, 0, 0, -1))
    assert cell("create_time", moment * 1000) == "2026-02-03 04:05"


def test_records_are_a_table_or_json() -> None:
    records = [{"name": "ä", "create_time": 0, "hidden": 1}]
    table = printed(shown, records, ("name", "create_time", "absent"), as_json=False)
    assert table.splitlines() == ["name  created  absent", "ä     never"]
    assert json.loads(printed(shown, records, ("name",), as_json=True)) == records


def test_json_keeps_letters_and_control_characters_as_json_does() -> None:
    text = printed(print_json, {"a": "ä\x1b"})
    assert "ä" in text
    assert "\x1b" not in text
    assert json.loads(text) == {"a": "ä\x1b"}


def test_nouns_agree_with_their_numbers() -> None:
    assert [counted(number, "chunk") for number in range(3)] == ["0 chunks", "1 chunk", "2 chunks"]
    assert amount(2048.0) == "2.0 KB"
