"""Pictures that somebody sends with a question in a chat."""

from base64 import b64encode
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.library import data_of
from tests.functional.openwebui.front import Front
from tests.functional.openwebui.library import LAMP, send
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.databases("sqlite")

LARGE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 16_000
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff" + b"\0" * 32


def data(content: bytes, kind: str) -> str:
    """Return a picture as data."""
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def asked(endpoint: ModelEndpoint) -> list[Any]:
    """Return what the messages of the asker were in the last call of the model."""
    told = endpoint.received[-1].body["messages"]
    return [one["content"] for one in told if one["role"] == "user"]


def with_files(text: str, *files: object) -> dict[str, object]:
    """Return a question with pictures, as the front end sends it."""
    name = "".join(filter(str.isalnum, text))
    return {"id": f"q-{name}", "role": "user", "content": text, "files": list(files)}


def test_a_model_sees_the_pictures_of_a_chat_where_they_were_sent(
    web: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    kept = send(web, "lamp.jpg", JPEG, "?process=false")
    endpoint.script += [said("A lamp."), said("Another.")]
    sent = {"type": "image", "url": data(PNG, "png")}
    file = {"type": "file", "id": kept["id"], "url": kept["id"], "content_type": "image/jpeg"}
    chat = front.send(with_files("What?", sent, file))
    [content] = asked(endpoint)
    assert content[0] == {"type": "text", "text": "What?"}
    urls = [part["image_url"]["url"] for part in content[1:]]
    assert urls == [data(PNG, "png"), data(JPEG, "jpeg")]
    assert front.descriptions() == []
    front.send(with_files("And this?"), chat, parent_id="a-What")
    first, last = asked(endpoint)
    assert ([part["type"] for part in first], last) == (
        *(["text", "image_url", "image_url"], "And this?"),
    )


def test_what_is_no_picture_or_not_ones_own_is_left_out_by_name(
    web: FlaskClient, other: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    theirs = send(other, "lamp.jpg", JPEG, "?process=false")
    text = send(web, "lamp.txt", LAMP, "?process=false")
    address = f"/api/v1/files/{theirs['id']}/content"
    urls = (theirs["id"], address, text["id"], data(b"GIF", "gif"), "https://example.org/a.png")
    endpoint.script.append(said("Nothing."))
    front.send(with_files("What?", *({"type": "image", "url": url} for url in urls)))
    assert asked(endpoint) == ["What?"]
    remarks = front.descriptions()
    assert len(remarks) == len(urls)
    assert all(one.startswith("A picture is left out: ") for one in remarks)


def test_so_many_pictures_are_shown(front: Front, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("Many."))
    picture = {"type": "image", "url": data(PNG, "png")}
    front.send(with_files("What?", *[picture] * 17))
    [content] = asked(endpoint)
    assert len(content) == 17
    [remark] = front.descriptions()
    assert "a model is shown 16" in remark
    endpoint.script.append(said("Large."))
    large = {"type": "image", "url": data(LARGE, "png")}
    front.send(with_files("And?", *[large] * 3))
    [content] = asked(endpoint)
    urls = [one["image_url"]["url"] for one in content[1:]]
    assert urls == [data(LARGE, "png")] * 2, "there is no room for the third one"


def test_an_assistant_says_that_it_sees_none(
    client: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    endpoint.script.append(said("I do not know."))
    picture = {"type": "image", "url": data(PNG, "png")}
    front.send(with_files("What?", picture), model="guide")
    [remark] = front.descriptions()
    assert "sees no pictures" in remark


def test_a_model_sees_the_pictures_of_a_temporary_chat(
    front: Front, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(said("A lamp."))
    picture = {"type": "image_url", "image_url": {"url": data(PNG, "png")}}
    before = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello."}]
    last = {"role": "user", "content": [{"type": "text", "text": "What?"}, picture]}
    front.send({}, "local:s", messages=[*before, last])
    assert asked(endpoint) == ["Hello", [{"type": "text", "text": "What?"}, picture]]
