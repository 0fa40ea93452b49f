"""Log lines as text and as JSON."""

import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest

from api.logs import (
    FIELDS,
    JsonFormatter,
    Spell,
    TextFormatter,
    configure_logging,
    masked,
    remembered,
    request_id,
    trace_id,
)


@pytest.fixture(autouse=True)
def no_request() -> Iterator[None]:
    token = request_id.set("-")
    yield
    request_id.reset(token)


def record(message: str = "%s left", *values: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("raglan.x", logging.INFO, "x.py", 1, message, values, None)
    vars(made).update(more)
    return made


def failed() -> logging.LogRecord:
    try:
        {}["lost"]
    except KeyError:
        return record("It broke.", exc_info=sys.exc_info())
    raise AssertionError


def test_a_line_of_text_says_when_what_where_and_for_which_request() -> None:
    token = request_id.set("5f2a")
    line = TextFormatter("web").format(record("%s left", 3, created=1795204698.1239, msecs=123.9))
    request_id.reset(token)
    match = re.fullmatch(
        r"2026-11-20T\d\d:\d8:18\.123Z INFO web\[\d+\] 5f2a raglan\.x: 3 left", line
    )
    assert match, line


def test_a_traceback_follows_the_line() -> None:
    lines = TextFormatter("web").format(failed()).splitlines()
    assert lines[0].endswith("- raglan.x: It broke.")
    assert lines[1].startswith("Traceback")
    assert lines[-1] == "KeyError: 'lost'"


def test_a_line_names_the_trace_that_it_belongs_to() -> None:
    token = trace_id.set("ab12")
    line, shown = TextFormatter("web").format(record()), JsonFormatter("web").format(record())
    trace_id.reset(token)
    assert line.endswith(" trace=ab12")
    assert json.loads(shown)["trace_id"] == "ab12"
    assert "trace" not in TextFormatter("web").format(record()) + JsonFormatter("web").format(
        record()
    )


def test_json_has_an_object_a_line_with_the_fields_by_name() -> None:
    line = JsonFormatter("worker").format(record("%s left", 3, **{FIELDS: {"status": 200}}))
    assert "\n" not in line
    shown = json.loads(line)
    assert (shown["message"], shown["process"], shown["status"]) == ("3 left", "worker", 200)
    assert (shown["level"], shown["logger"], shown["request_id"]) == ("INFO", "raglan.x", "-")
    assert "traceback" not in shown
    assert "KeyError" in json.loads(JsonFormatter("web").format(failed()))["traceback"]


def test_what_helps_others_keeps_no_text_of_data() -> None:
    line = masked(record("%s could not be read %d times: %s", "will.pdf", 3, OSError("Maria")))
    assert line.message == "… could not be read 3 times: OSError"
    [kind, place] = masked(failed()).cause
    assert (kind, place.endswith(" failed")) == ("KeyError", True)
    foreign = record("Maria signed in")
    foreign.name = "gunicorn.error"
    assert masked(foreign).message == "…"


@pytest.mark.parametrize("style", ["text", "json"])
def test_logging_goes_to_standard_error(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure_logging("cli", "WARNING", style)
        logging.getLogger("raglan.y").info("not this")
        logging.getLogger("raglan.y").warning("but this")
        [kept] = remembered()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(capture=False)
    captured = capsys.readouterr()
    assert "but this" in captured.err
    assert "not this" not in captured.err
    assert captured.err.startswith("{") == (style == "json")
    assert captured.out == ""
    assert (kept.logger, kept.level, kept.message) == ("raglan.y", "WARNING", "but this")


def test_a_spell_of_trouble_is_told_when_it_begins_changes_and_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    spell = Spell(logging.getLogger("raglan.test"))
    spell.end("never told")
    for cause in ("away", "away", "full", "full"):
        spell.begin("It failed", OSError(cause))
    spell.end("It goes on.")
    spell.end("It goes on.")
    spell.begin("It failed", ValueError("a defect"), is_defect=True)
    told = [item.getMessage() for item in caplog.records]
    assert told == ["It failed: away", "It failed: full", "It goes on.", "It failed: a defect"]
    assert [bool(item.exc_info) for item in caplog.records] == [False, False, False, True]
