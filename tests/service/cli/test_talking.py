"""Talking with documents, questions from a pipe, and what shells and browsers are told."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.command import RAGLAN, Command, write
from tests.running import Server


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_a_question_may_come_from_a_pipe(
    raglan: Command, handbook: str, arguments: tuple[str, ...]
) -> None:
    asked = "Where do visitors sign in?\n"
    for command in ("ask", "search"):
        done = raglan(command, *arguments, "--dataset", handbook, answer=asked)
        assert done.status == 0, done
        assert "Visitors sign in at the front desk." in done.stdout


def test_on_a_terminal_a_question_is_asked_for(raglan: Command) -> None:
    ours, theirs = os.openpty()
    with raglan.process("ask", stdin=theirs) as process:
        _, told = process.communicate(timeout=60)
    os.close(theirs)
    os.close(ours)
    assert process.returncode == 2
    assert "Missing argument '[QUESTION]'" in told


def test_a_file_that_is_too_long_is_no_question(raglan: Command) -> None:
    done = raglan("ask", "-", answer="x" * ((1 << 20) + 1))
    assert done.status == 2
    assert "the pipe holds more than 1 MB" in done.stderr


def test_a_chat_keeps_its_session_until_a_new_one_is_asked_for(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    raglan("ingest", write(tmp_path / "in", a_txt="Leave is thirty days."), "--dataset", dataset)
    lines = ["How long is leave?", "", "And leave?", "/sources", "/new", "Leave?", "/what", "/quit"]
    done = raglan("chat", "--dataset", dataset, answer="\n".join([*lines, "never asked"]))
    assert done.status == 0, done
    assert done.stdout.count("Leave is thirty days. [ID:0]") == 3
    assert "[ID:0] a.txt\nLeave is thirty days.\n" in done.stdout
    assert "A new session." in done.stderr
    assert "/what is no command" in done.stderr
    [chat] = [
        item
        for item in server.data_of("GET", "/chats", params={"page_size": 100})
        if item["name"] == f"raglan ask: {dataset}"
    ]
    sessions = server.data_of("GET", f"/chats/{chat['id']}/sessions")
    asked = [
        [item["content"] for item in session["messages"] if item["role"] == "user"]
        for session in sessions
    ]
    assert sorted(asked) == [["How long is leave?", "And leave?"], ["Leave?"]]


def test_an_assistant_is_talked_with_by_its_name(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    raglan("ingest", write(tmp_path / "in", a_txt="Leave is thirty days."), "--dataset", dataset)
    [there] = [item for item in server.data_of("GET", "/datasets") if item["name"] == dataset]
    name = f"Desk of {dataset}"[:100]
    server.data_of("POST", "/chats", json={"name": name, "dataset_ids": [there["id"]]})
    done = raglan("chat", name, "--json", answer="How long is leave?\n")
    assert '"answer": "' in done.stdout
    assert raglan.told("chat", "nobody", answer="x") == "There is no assistant named nobody."
    assert "leave out --dataset" in raglan.told("chat", name, "--dataset", dataset, answer="x")


def test_a_misspelt_command_names_those_that_are_alike(raglan: Command) -> None:
    told = raglan.told("serch")
    assert told.startswith("No such command 'serch'. ")
    assert "'search'" in told


def test_a_shell_completes_commands_and_options(raglan: Command, tmp_path: Path) -> None:
    script = raglan("completion", "bash").stdout
    (tmp_path / "completion").write_text(script, encoding="utf-8")
    program = (
        "source ./completion; COMP_WORDS=(raglan datasets cr); COMP_CWORD=2;"
        " _raglan_completion raglan; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(
        ["bash", "-c", program],
        cwd=tmp_path,
        env={"PATH": f"{RAGLAN.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "create\n"
    for shell in ("zsh", "fish"):
        assert "_RAGLAN_COMPLETE" in raglan.json("completion", shell)["script"]


def test_open_prints_the_address_and_starts_a_browser(
    raglan: Command, server: Server, tmp_path: Path
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" >"{tmp_path}/opened"\n', encoding="utf-8")
    browser.chmod(0o755)
    raglan = Command(raglan.environment | {"BROWSER": str(browser)})
    assert raglan("open").stdout == f"{server.url}\n"
    assert (tmp_path / "opened").read_text(encoding="utf-8") == f"{server.url}\n"
    assert raglan.told("open", "--url", "http://127.0.0.1:9").startswith("No server answers at")
