"""What the README shows works as it stands; only address, key and a dataset's id are put in."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.model_endpoint import serve
from tests.running import KEY, ROOT, Server, server_on

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
ADDRESS = "http://127.0.0.1:9380"
QUESTION = "When is the office open?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on(tmp_path_factory.mktemp("readme") / "data") as running:
        yield running


def block(words: str) -> str:
    """Return the one block of the README that holds these words."""
    [found] = [text for _, text in BLOCKS if words in text]
    return found


def shell(server: Server, text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run lines of the README in the project's folder, against the server."""
    return subprocess.run(
        ["bash", "-euc", text.replace(ADDRESS, server.url)],
        cwd=ROOT,
        env=server.environment | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_python_example_prints_passages_and_an_answer_with_its_source(server: Server) -> None:
    code = block("from ragflow_sdk import RAGFlow")
    assert ADDRESS in code
    done = subprocess.run(
        # The client's own modules have docstrings that Python warns of.
        [sys.executable, "-W", "ignore", "-c", code.replace(ADDRESS, server.url)],
        env=server.environment | {"RAGLAN_API_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    passage, *answer = done.stdout.splitlines()
    assert re.match(r"0\.\d\d The office is open from eight to six", passage)
    assert any("from eight to six" in line for line in answer[:-1])
    assert answer[-1].startswith("- office.txt The office is open from eight to six.")


def test_the_client_is_the_version_that_the_readme_names() -> None:
    assert f"ragflow-sdk=={version('ragflow-sdk')}" in README


def test_the_command_lines_bring_in_a_folder_and_answer_from_it(
    server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "Documents" / "handbook"
    folder.mkdir(parents=True)
    (folder / "leave.txt").write_text("Everybody has thirty days of leave.", encoding="utf-8")
    done = shell(server, block("raglan ingest ~/Documents/handbook"), HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 document with 1 chunk in handbook.\n")
    assert done.stdout.count("Everybody has thirty days of leave.") == 2
    assert done.stdout.endswith("[ID:0] leave.txt\n")


def test_curl_finds_passages(server: Server) -> None:
    dataset = server.dataset("for curl")
    ids = server.upload(dataset, ("office.txt", b"The office is open from eight to six."))
    server.parse(dataset, ids)
    assert server.finished(dataset, ids[0])["run"] == "DONE"
    line = block("curl -s")
    assert '["..."]' in line
    done = shell(server, line.replace("...", dataset), RAGLAN_API_KEY=KEY)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["code"] == 0
    assert "from eight to six" in found["data"]["chunks"][0]["content"]


def test_a_model_that_the_readme_sets_writes_the_answers(tmp_path: Path) -> None:
    text = block("export RAGLAN_MODELS__CHAT_BASE_URL")
    assert text.endswith("\n./entrypoint.sh\n")
    variables = dict(re.findall(r"(RAGLAN_\w+)=(\S+)", text))
    with serve() as endpoint:
        variables["RAGLAN_MODELS__CHAT_BASE_URL"] = endpoint.url
        with server_on(tmp_path / "data", **variables) as server:
            dataset = server.dataset()
            [document] = server.upload(dataset, ("a.txt", b"The office is open from eight to six."))
            server.parse(dataset, [document])
            server.finished(dataset, document)
            done = shell(server, f".venv/bin/raglan ask '{QUESTION}'")
    assert done.returncode == 0, done.stderr
    assert "No chat model is set up" not in done.stdout
    asked = endpoint.received[-1].body
    assert asked["model"] == variables["RAGLAN_MODELS__CHAT_MODEL"]
    assert QUESTION in asked["messages"][-1]["content"]
    assert "from eight to six" in str(asked["messages"])
