"""Every route of every door, asked by schemathesis what its description says it takes.

No answer is a defect, and none has a status, a kind of content or a form that is not described.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.clients.environments import python_client
from tests.model_endpoint import ModelEndpoint
from tests.running import KEY
from tests.service.web import WebServer, web_server_on

PACKAGE = "schemathesis==4.32.5"
CPU_SECONDS = 60
"""A run that takes more is ended, and fails."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
SETTINGS = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]
"""
"""501 is what is not built; it is described where it may come."""

CASES = {"known": 1, "any": 1}
"""Requests of each operation, of things that are there and of any: together under 60 s of CPU."""

MOST_SHOWN = 12_000
LONGEST_LINE = 300


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, model: ModelEndpoint) -> Iterator[WebServer]:
    """Run a server for these tests alone, which change and delete whatever they find."""
    with web_server_on(tmp_path_factory.mktemp("asked") / "data", model) as running:
        yield running


@pytest.fixture(scope="module")
def known(asked: WebServer) -> dict[str, str]:
    """Create one of everything, and return the ids as the arguments of addresses name them."""
    dataset = asked.dataset()
    (document,) = asked.upload(dataset, ("keeper.md", b"The keeper lights the lamp at dusk."))
    place = f"/datasets/{dataset}/documents/{document}/chunks"
    chunk = asked.data_of("POST", place, json={"content": "Ships keep the lamp to port."})
    chat = asked.data_of("POST", "/chats", json={"name": "guide"})["id"]
    session = asked.data_of("POST", f"/chats/{chat}/sessions", json={})["id"]
    (file,) = asked.data_of("POST", "/file/upload", files=[("file", ("map.txt", b"Dragons."))])
    (tenant,) = asked.data_of("GET", "/tenants")
    return {
        "dataset_id": dataset,
        "document_id": document,
        "chunk_id": chunk["chunk"]["id"],
        "chat_id": chat,
        "session_id": session,
        "file_id": file["id"],
        "tenant_id": tenant["tenant_id"],
        "model_id": "guide",
        "door": "rest",
    }


def ask(server: WebServer, folder: Path, known: dict[str, str], *options: str) -> None:
    """Ask by schemathesis what is described, and fail with what it says if it finds anything."""
    settings, cases = folder / "schemathesis.toml", CASES["known" if known else "any"]
    phases = "examples,fuzzing" if known else "fuzzing"  # examples of what is there say all
    arguments = "\n".join(f'"path.{name}" = "{value}"' for name, value in known.items())
    settings.write_text(f"[parameters]\n{arguments}\n{SETTINGS}")
    description = folder / "openapi.json"
    operations = described(server, description)
    program = python_client(PACKAGE).folder / "bin" / "schemathesis"
    done = subprocess.run(
        [
            *("prlimit", f"--cpu={CPU_SECONDS}", program, f"--config-file={settings}"),
            *("--no-color", "run", description, "--url", server.url),
            *("--header", f"Authorization: Bearer {KEY}"),
            *("--checks", ",".join(CHECKS), "--phases", phases),
            *("--max-examples", str(cases), "--mode", "all", "--seed", "1", "--no-shrink"),
            *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"),
            *("--request-timeout", "60"),
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    text = "\n".join(line[:LONGEST_LINE] for line in f"{done.stdout}{done.stderr}".splitlines())
    if done.returncode:
        pytest.fail(text[-MOST_SHOWN:], pytrace=False)
    selected = re.search(r"Selected: (\d+)/(\d+)\n +Tested: (\d+)\n", text)
    assert selected, text
    assert selected[1] == selected[3], "an operation was left out"
    assert int(selected[2]) == operations


def described(server: WebServer, file: Path) -> int:
    """Write what the server says of itself to a file; return how many operations that describes.

    schemathesis gives it ten seconds where it reads it itself, which is little on a busy machine.
    """
    answer = requests.get(f"{server.url}/openapi.json", timeout=60)
    file.write_bytes(answer.content)
    return sum(map(len, answer.json()["paths"].values()))


@pytest.mark.timeout(600)
def test_what_is_there_answers_as_it_is_described(
    asked: WebServer, known: dict[str, str], tmp_path: Path
) -> None:
    ask(asked, tmp_path, known, "--exclude-method", "DELETE")


@pytest.mark.timeout(600)
def test_whatever_is_asked_for_answers_as_it_is_described(
    asked: WebServer, known: dict[str, str], tmp_path: Path
) -> None:
    assert known, "there is something to be deleted"
    ask(asked, tmp_path, {})
