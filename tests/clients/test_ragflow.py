"""RAGFlow's published clients of all three eras do the main job."""

import pytest

from tests.clients.environments import python_client
from tests.running import KEY
from tests.service.web import WebServer

VERSIONS = {"0.22.1": "3.11", "0.26.0": "3.12", "0.27.3": "3.13"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_main_job(server: WebServer, version: str) -> None:
    client = python_client(f"ragflow-sdk=={version}", version=VERSIONS[version])
    name = f"of {version}"
    told = client.run("ragflow_main_job.py", server.url, KEY, name)
    assert told["listed"] == ["a.txt"]
    assert told["chunk"] == "The lamp is lit at dusk."
    assert told["found"] == ["The lamp is lit at dusk."]
    assert told["bytes"] == "A lamp."
    assert name not in told["left"]
