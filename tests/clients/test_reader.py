"""What the page at /docs makes of the description, run by Node as a browser would run it."""

from tests.clients.environments import node_client
from tests.running import KEY
from tests.service.web import WebServer


def test_the_page_makes_requests_that_the_server_answers(server: WebServer) -> None:
    told = node_client("openai@6.49.0").run("reader.mjs", server.url, KEY)
    assert told["operations"] > 500
    assert told["groups"] == ["rest: sessions"]
    assert "name: string, required" in told["fields"]
    assert "  chunk_token_num: integer" in told["fields"]
    assert told["made"] == "made by the reader"
    assert told["listed"] == 1
    assert told["uploaded"] == "lamp.txt"
    assert told["missing"] == 404
    assert told["refused"] == 401
