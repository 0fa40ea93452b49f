"""Files and knowledge bases as Open WebUI's clients make them."""

import io
import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

LAMP = b"The keeper lights the lamp at dusk."
KNOWLEDGE = "/api/v1/knowledge"


def ok(answer: TestResponse) -> Any:
    """Return the body of an answer that must be a success."""
    assert answer.status_code == 200, answer.text
    return answer.json


def detail(answer: TestResponse, status: int) -> str:
    """Return the sentence of an answer that must be this error."""
    assert answer.status_code == status, answer.text
    return str(answer.json["detail"])


def send(web: FlaskClient, name: str, content: bytes = LAMP, query: str = "", **said: str) -> Any:
    """Upload a file and return what is told of it."""
    form = {"file": (io.BytesIO(content), name), "metadata": json.dumps(said)}
    return ok(web.post(f"/api/v1/files/{query}", data=form))


def base(web: FlaskClient, name: str = "Lamps", **said: object) -> Any:
    """Make a knowledge base and return it."""
    return ok(web.post(f"{KNOWLEDGE}/create", json={"name": name, "description": "", **said}))
