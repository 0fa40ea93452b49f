"""What published clients talk to: a started server with a searchable document and a chat model."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.config.sources import load_settings
from api.container import build
from tests.functional.corpus import Corpus, lay_down
from tests.model_endpoint import ModelEndpoint, Reply, event, serve, stream
from tests.running import KEY
from tests.service.web import WebServer, web_server_on

RANKER = "ranker@Endpoint"


@pytest.fixture(scope="session")
def model() -> Iterator[ModelEndpoint]:
    """Run the endpoint whose model the server's assistants use; scripts are of one test each."""
    with serve() as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, model: ModelEndpoint) -> Iterator[WebServer]:
    """Run one web server for all clients: what a test makes on it has a name of its own."""
    ranker = {"RAGLAN_MODELS__RERANK_MODEL": RANKER, "RAGLAN_MODELS__RERANK_BASE_URL": model.url}
    with web_server_on(tmp_path_factory.mktemp("clients") / "data", model, **ranker) as running:
        yield running


@pytest.fixture
def failing(model: ModelEndpoint, monkeypatch: pytest.MonkeyPatch) -> ModelEndpoint:
    """Let the model break off where it is asked to `fail`."""
    usual = model.reply

    def reply(request: Any) -> Reply:
        said = usual(request)
        if request.body.get("messages", [{}])[-1].get("content") == "fail":
            return stream(event(content="The"), cut=True)
        return said

    monkeypatch.setattr(model, "reply", reply)
    return model


@pytest.fixture(scope="session")
def corpus(server: WebServer) -> Corpus:
    """Create a dataset beside the running server, which shares its files."""
    services = build(load_settings({"RAGLAN_DATA_DIR": str(server.data)}))
    principal = services.accounts.keys.authenticate(KEY)
    assert principal is not None
    laid = lay_down(services, principal.tenant_id)
    services.chunk_store.close()
    services.database.close_all()
    return laid
