"""The programs of `docs/examples/` do what they say, one after the other, on a started server."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import KEY, ROOT, Server, end

EXAMPLES = ROOT / "docs" / "examples"
TEXT = "The keeper lights the lamp at dusk.\n\nThe harbour office pays the keeper monthly.\n"
QUESTION = "When does the keeper light the lamp?"
ANSWER = "The keeper lights the lamp at dusk."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server as a newcomer has it: with the built-in models alone."""
    running = Server(tmp_path_factory.mktemp("examples") / "data")
    try:
        running.start()
        yield running
    finally:
        end(running)


def run(server: Server, name: str, *arguments: str | Path, said: str = "") -> str:
    """Run an example and return what it prints."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RAGLAN")}
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *arguments],
        env=kept | {"RAGLAN_URL": server.url, "RAGLAN_API_KEY": KEY},
        input=said,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"{name}: {done.stderr}"
    return done.stdout


def test_the_programs_do_what_they_say(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "manuals"
    folder.mkdir()
    (folder / "keeper.txt").write_text(TEXT)
    assert run(server, "documents_in.py", folder).startswith("keeper.txt DONE ")
    assert ANSWER in run(server, "search.py", QUESTION)
    asked = run(server, "ask.py", QUESTION)
    assert ANSWER in asked
    assert f"keeper.txt {server.url}/v1/document/get/" in asked
    talked = run(server, "talk.py", said=f"{QUESTION}\nWho pays the keeper?\n")
    assert ANSWER in talked
    assert "harbour office" in talked
    questions, answers = tmp_path / "questions.csv", tmp_path / "answers.csv"
    questions.write_text(f"{QUESTION}\nWho pays the keeper?\n")
    assert run(server, "answer_table.py", questions, answers) == ""
    with answers.open(newline="") as written:
        head, first, second = csv.reader(written)
    assert head == ["question", "answer", "sources"]
    assert (first[0], first[2]) == (QUESTION, "keeper.txt")
    assert ANSWER in first[1]
    assert "harbour office" in second[1]
    searched = run(server, "tools.py", QUESTION)
    assert searched.startswith("search - ")
    assert f"[1] keeper.txt {ANSWER}" in searched


def test_each_program_is_listed_and_no_other() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    programs = {path.name for path in EXAMPLES.glob("*.py")}
    assert len(programs) == 6
    assert {name for name in programs if f"({name})" in page} == programs


def test_an_error_is_told_in_a_sentence(server: Server) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "search.py", QUESTION],
        env={**os.environ, "RAGLAN_URL": server.url, "RAGLAN_API_KEY": "ragflow-wrong"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "Authentication error: API key is invalid!"
