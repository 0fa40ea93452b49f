"""Decisions: one form, all of them in the index, and none mentioned that is not there."""

import re
from pathlib import Path

from tests.running import ROOT

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))
HEADER = re.compile(
    r"# (?P<number>\d{4}): (?P<title>\S.*)\n\n"
    r"Status: (?P<status>accepted|superseded by \d{4})\. Date: (?P<date>\d{4}-\d\d-\d\d)\.\n\n"
)
PARTS = ("## Context\n", "## Decision\n", "## Consequences\n", "## Drawbacks\n")
MENTION = re.compile(r"decisions?/(\d{4})|\b[Dd]ecision (\d{4})\b")
SOURCES = [
    *(path for folder in ("api", "rag", "tests") for path in (ROOT / folder).rglob("*.py")),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "conf").rglob("*.y*ml"),
    *ROOT.glob("*.md"),
    ROOT / "gunicorn_config.py",
]


def header(path: Path) -> re.Match[str]:
    found = HEADER.match(path.read_text(encoding="utf-8"))
    assert found, f"{path.name} begins otherwise than the others"
    return found


def test_a_decision_has_the_form_of_all() -> None:
    for path in DECISIONS:
        assert header(path)["number"] == path.name[:4]
        text = path.read_text(encoding="utf-8")
        places = [text.find(part) for part in PARTS]
        assert places == sorted(places), path.name
        assert min(places) > 0, f"a part of {path.name} is missing"


def test_the_index_names_every_decision_as_it_is() -> None:
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.*) \| (.*) \| (.*) \|$",
        (FOLDER / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    made = [
        (found["number"], path.name, found["title"], found["status"], found["date"])
        for path in DECISIONS
        for found in [header(path)]
    ]
    assert rows == made


def test_numbers_are_given_once() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)


def test_every_decision_that_is_mentioned_is_there() -> None:
    known = {path.name[:4] for path in DECISIONS}
    mentioned = {
        (path.name, number)
        for path in SOURCES
        for found in MENTION.findall(path.read_text(encoding="utf-8"))
        for number in found
        if number and number not in known
    }
    assert not mentioned
