"""Parts that are not built: refused so that RAGFlow's own pages stay whole."""

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.databases("sqlite")

REFUSED = [
    ("GET", "/v1/canvas/templates"),
    ("POST", "/v1/canvas/set"),
    ("POST", "/v1/canvas/completion"),
    ("PUT", "/v1/canvas/cancel/0123"),
    ("GET", "/v1/canvas/0123/sessions"),
    ("GET", "/v1/connector/0123"),
    ("POST", "/v1/connector/0123/rm"),
    ("POST", "/v1/mcp_server/list"),
    ("GET", "/v1/mcp_server/detail"),
    ("PUT", "/v1/langfuse/api_key"),
    ("DELETE", "/v1/langfuse/api_key"),
    ("GET", "/v1/plugin/llm_tools"),
    ("POST", "/v1/dataflow/run"),
]


@pytest.mark.parametrize(("method", "path"), REFUSED)
def test_what_is_not_built_is_refused_without_data(
    console: FlaskClient, anonymous: FlaskClient, method: str, path: str
) -> None:
    answer = console.open(path, method=method, json={})
    assert answer.status_code == 501
    assert answer.json.keys() == {"code", "message"}
    assert answer.json["code"] == 501
    assert "Raglan has none of this" in answer.json["message"]
    assert anonymous.open(path, method=method, json={}).json["code"] == 401


def test_the_list_of_agents_is_empty(console: FlaskClient, anonymous: FlaskClient) -> None:
    for query in ("", "?canvas_category=dataflow_canvas"):
        answer = console.get(f"/v1/canvas/list{query}").json
        assert (answer["code"], answer["data"]) == (0, {"canvas": [], "total": 0})
    assert "data" not in anonymous.get("/v1/canvas/list").json


def test_the_list_of_connectors_is_empty(console: FlaskClient, anonymous: FlaskClient) -> None:
    assert console.get("/v1/connector/list").json["data"] == []
    assert anonymous.get("/v1/connector/list").json["code"] == 401


def test_there_is_no_key_for_langfuse(console: FlaskClient) -> None:
    assert console.get("/v1/langfuse/api_key").json["data"] is None
