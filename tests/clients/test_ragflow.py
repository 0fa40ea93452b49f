"""RAGFlow's published clients do all that they can, each in the contract of its era."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.environments import python_client, python_of
from tests.command import Command
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, event, stream
from tests.running import KEY, PASSWORD, Server, server_on

VERSIONS = {"0.22.1": "3.11", "0.26.0": "3.12", "0.27.3": "3.13"}
"""The newest of each era, as far as there is one for the version of Python."""

LATER = {"0.26.0", "0.27.3"}

LIT, SLEEPS = "It is lit at dusk [ID:0].", "The keeper\u2028sleeps\u0085at noon [ID:0]."
"""The second one has line ends of Unicode, at which readers of lines cut a stream."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, model: ModelEndpoint) -> Iterator[Server]:
    """Run a server that parses, too; each client has an account of its own there."""
    chat = {
        "RAGLAN_MODELS__CHAT_MODEL": "talker@Endpoint",
        "RAGLAN_MODELS__CHAT_BASE_URL": model.url,
    }
    with server_on(tmp_path_factory.mktemp("whole") / "data", **chat) as running:
        yield running


def key_of(server: Server, version: str) -> str:
    """Return the key of a new account that is answered in the contract of a version."""
    raglan, email = Command(server.environment), f"of-{version}@example.org"
    assert raglan("users", "create", email, "--password", PASSWORD).status == 0
    contract = "rest" if version in LATER else "classic"
    return raglan("keys", "create", "--email", email, "--contract", contract).stdout.strip()


def outcome(version: str, server: Server, key: str, model: ModelEndpoint) -> dict[str, Any]:
    """Return what a version of the client tells of its work."""
    client = python_client(f"ragflow-sdk=={version}", version=VERSIONS[version])
    whole = said("It is lit ", "at dusk [ID:0].")
    broken = stream(event(content="The"), cut=True)
    model.script.extend([whole, said("The keeper\u2028", "sleeps\u0085at noon [ID:0]."), broken])
    told: dict[str, Any] = client.run("ragflow_all.py", server.url, key)
    return told


@pytest.mark.parametrize("version", VERSIONS)
def test_all_that_a_client_can(whole: Server, model: ModelEndpoint, version: str) -> None:
    told = outcome(version, whole, key_of(whole, version), model)
    streamed = told.pop("streamed")
    assert streamed["contents"][-1] == SLEEPS
    assert len(streamed["contents"]) > 1
    assert streamed["cited"] == ["lamp.txt"]
    assert "nvalid" in told.pop("refused")
    assert "broke off" in told.pop("cut")[-1]
    model_name = "wordllama@Local@Builtin" if version in LATER else "wordllama@Builtin"
    assert told == {
        "datasets": [["handbook", "second"], ["third"]],
        "dataset": [True, "of the lighthouse", model_name],
        "documents": [["lamp.txt", "salt.txt"], ["tide.txt"]],
        "searched": ["tide.txt"],
        "bytes": "The lamp is lit at dusk.",
        "parsed": [["DONE", 1]] * 3,
        "lamp": ["DONE", 1, "north"],
        "chunks": ["The keeper sleeps at noon.", "The lamp is lit at dusk."],
        "found": "The lamp is lit at dusk.",
        "chat": [True, "Good night."],
        "chats": [["guide", "b"], ["c"]],
        "agents": [],
        "sessions": [["evening", "t"], ["u"]],
        "whole": {"contents": [LIT], "cited": ["lamp.txt"]},
        "messages": [
            "Good night.",
            "When is the lamp lit?",
            LIT,
            "When does the keeper sleep?",
            SLEEPS,
        ],
        "kept": [2, 3, 3, 3, 3],
        "left": [0, 0, ["c", "b"], 0, ["lamp.txt", "salt.txt"], 0, ["third", "second"], 0],
    }


@pytest.mark.parametrize("version", sorted(LATER))
def test_a_later_client_searches_datasets_in_the_classic_contract_too(
    whole: Server, version: str
) -> None:
    client = python_client(f"ragflow-sdk=={version}", version=VERSIONS[version])
    told = client.run("ragflow_main_job.py", whole.url, KEY, f"of {version}")
    assert told == {
        "listed": ["a.txt"],
        "chunk": "The lamp is lit at dusk.",
        "found": ["The lamp is lit at dusk."],
        "bytes": "A lamp.",
        "left": [],
    }


def test_a_python_that_is_not_there_is_named_with_how_to_install_it() -> None:
    with pytest.raises(RuntimeError, match=r"Python 3\.99 .*`pyenv install 3\.99`"):
        python_of("3.99")
