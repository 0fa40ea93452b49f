"""The lines of `docs/clients/` run as they stand, each with its library, on a started server."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.environments import Client, node_client, python_client
from tests.functional.corpus import Corpus
from tests.running import KEY, ROOT
from tests.service.web import WebServer

PAGES = ROOT / "docs" / "clients"
BLOCK = re.compile(r"^```(python|js)\n(.*?)^```", re.DOTALL | re.MULTILINE)
QUESTION = "When does the keeper light the lamp?"
DIMENSIONS = "256"
LAST = {"openai-agents": "'list_datasets', 'list_documents', 'read_document', 'ask']"}
"""What a program prints last: the length of a vector, or the tools."""

SUFFIXES = {"python": "py", "js": "mjs"}

Maker = Callable[..., Client]


@dataclass(frozen=True)
class Library:
    """How a page's library is installed, and how many lines its blocks may have."""

    make: Maker
    packages: tuple[str, ...]


LIBRARIES = {
    "langchain": Library(python_client, ("langchain-openai==1.7.4", "langchain-core==1.8.3")),
    "llamaindex": Library(
        python_client,
        (
            "llama-index-core==0.14.25",
            "llama-index-llms-openai-like==0.8.1",
            "llama-index-embeddings-openai-like==0.4.0",
        ),
    ),
    "haystack": Library(python_client, ("haystack-ai==3.4.1",)),
    "litellm": Library(python_client, ("litellm==1.97.0",)),
    "openai-agents": Library(python_client, ("openai-agents==0.20.0",)),
    "ai-sdk": Library(node_client, ("ai@6.0.326", "@ai-sdk/openai@3.0.141")),
}


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the programs of a page, each with its language."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def keeper(server: WebServer, corpus: Corpus) -> str:
    """Create the assistant that the pages name."""
    body = {"name": "keeper", "dataset_ids": [corpus.dataset_id]}
    return str(server.data_of("POST", "/chats", json=body)["id"])


def test_every_page_has_a_library_and_is_short() -> None:
    pages = {page.stem: blocks(page) for page in PAGES.glob("*.md")}
    assert {name for name, found in pages.items() if found} == set(LIBRARIES)
    for name, found in pages.items():
        for _, text in found:
            lines = [line for line in text.splitlines() if line and "import" not in line]
            assert len(lines) <= 12, name


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", LIBRARIES)
def test_the_lines_of_a_page_run(server: WebServer, keeper: str, tmp_path: Path, name: str) -> None:
    assert keeper
    library = LIBRARIES[name]
    client = library.make(*library.packages)
    said = []
    for number, (language, text) in enumerate(blocks(PAGES / f"{name}.md")):
        program = tmp_path / f"{tmp_path.name}_{number}.{SUFFIXES[language]}"
        program.write_text(text, encoding="utf-8")
        said.append(client.show(program, RAGLAN_URL=server.url, RAGLAN_API_KEY=KEY))
    assert QUESTION in said[0], "the model of the tests repeats the question"
    assert said[-1].strip().endswith(LAST.get(name, DIMENSIONS))
