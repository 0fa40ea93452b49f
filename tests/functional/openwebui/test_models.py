"""Models of the front end, and chats with them that nothing keeps."""

import json

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.library import data_of
from tests.functional.openwebui.library import detail, ok
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.databases("sqlite")

ASKED = {"model": "talker@Endpoint", "messages": [{"role": "user", "content": "When?"}]}


@pytest.mark.usefixtures("endpoint")
def test_assistants_and_models_of_providers_are_models(
    web: FlaskClient, client: FlaskClient
) -> None:
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    found = web.get("/api/models").json["data"]
    assert [(one["id"], one["connection_type"]) for one in found] == [
        ("guide", "local"),
        ("talker@Endpoint", "external"),
    ]
    assert web.get("/api/v1/models/").json["data"] == found
    offered = found[0]["info"]["meta"]["capabilities"]
    assert {name for name, is_offered in offered.items() if is_offered} == {
        *("citations", "usage", "file_context", "file_upload", "status_updates"),
        *("web_search", "image_generation"),
    }
    assert found[1]["info"]["meta"]["capabilities"] == offered | {"vision": True}


def test_a_completion_streams_what_the_model_says(
    web: FlaskClient, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(said("At ", "dusk."))
    beside = {"params": {"temperature": 0, "system": "Be brief."}, "features": {}, "model_item": {}}
    answer = web.post("/api/chat/completions", json={**ASKED, **beside, "stream": True})
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] in {"[DONE]", "data:[DONE]"}
    pieces = [json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines[:-1]]
    assert "".join(pieces) == "At dusk."
    sent = endpoint.received[-1].body
    assert (sent["temperature"], sent["messages"][0]["content"]) == (0, "Be brief.")
    assert not sent.keys() & {"params", "features", "model_item"}


def test_an_unknown_model_is_refused_and_so_are_files(web: FlaskClient) -> None:
    unknown = web.post("/api/chat/completions", json=ASKED | {"model": "nobody"})
    assert unknown.status_code == 400
    assert "nobody" in unknown.json["detail"]
    question = {"id": "q", "role": "user", "content": "When?"}
    live = web.post("/api/chat/completions", json={"model": "guide", "user_message": question})
    assert live.status_code == 400
    assert "session_id" in live.json["detail"]
    with_file = web.post("/api/chat/completions", json={**ASKED, "files": [{"id": "x"}]})
    assert with_file.status_code == 501
    assert "`files`" in with_file.json["detail"]


def test_parameters_for_all_models_are_said_by_administrators(
    web: FlaskClient, admin: FlaskClient
) -> None:
    params = {"temperature": 0.25, "seed": 7, "stop": ["."]}
    page = "/api/v1/configs/models"
    shown = ok(
        admin.post(
            page, json={"DEFAULT_MODEL_PARAMS": {**params, "top_p": None, "custom_params": {}}}
        )
    )
    assert shown["DEFAULT_MODEL_PARAMS"] == params
    assert ok(web.get(f"{page}/defaults"))["DEFAULT_MODEL_PARAMS"] == params
    assert ok(admin.get("/api/v1/configs/export"))["models.default_params"] == params


def test_parameters_for_all_models_count_where_nothing_else_is_said(
    web: FlaskClient, services: Services, endpoint: ModelEndpoint
) -> None:
    now, params = services.live.current, '{"temperature": 0.25, "seed": 7, "stop": ["."]}'
    frontend = now.frontend.model_copy(update={"model_params": params})
    services.live.take(now.model_copy(update={"frontend": frontend}))
    made = {"id": "keeper", "name": "Keeper", "base_model_id": "", "params": {"seed": 8}}
    ok(web.post("/api/v1/models/create", json={**made, "meta": {}}))
    endpoint.script += [said("At dusk") for _ in range(4)]

    def sent(asked: dict[str, object], params: dict[str, object]) -> list[object]:
        more = {"params": params, "stream": True}
        assert "dusk" in web.post("/api/chat/completions", json={**asked, **more}).text
        body = endpoint.received[-1].body
        return [body.get(name) for name in ("temperature", "seed", "stop")]

    assert sent(ASKED, {}) == [0.25, 7, ["."]]
    assert sent(ASKED, {"temperature": 0.5}) == [0.5, 7, ["."]]
    assert sent({**ASKED, "model": "keeper"}, {}) == [0.25, 8, ["."]]
    assert sent({**ASKED, "model": "keeper"}, {"temperature": 0.5, "seed": 9}) == [0.5, 9, ["."]]


@pytest.mark.usefixtures("endpoint")
def test_what_is_offered_with_all_models_is_said_by_administrators(
    web: FlaskClient, admin: FlaskClient, services: Services
) -> None:
    page = "/api/v1/configs/models"
    given = {"capabilities": {"vision": True, "citations": False}}
    shown = ok(admin.post(page, json={"DEFAULT_MODEL_METADATA": given}))
    assert shown["DEFAULT_MODEL_METADATA"] == given
    assert ok(web.get(f"{page}/defaults"))["DEFAULT_MODEL_METADATA"] == given
    wrong = {"DEFAULT_MODEL_METADATA": {"capabilities": {"vision": 1}}}
    assert "vision" in detail(admin.post(page, json=wrong), 422)
    hidden = {"DEFAULT_MODEL_METADATA": {"hidden": True}}
    assert "hidden" in detail(admin.post(page, json=hidden), 400)
    made = {"id": "keeper", "name": "Keeper", "base_model_id": "", "params": {}}
    ok(web.post("/api/v1/models/create", json={**made, "meta": {}}))
    meta = {"capabilities": {"vision": False}}
    ok(web.post("/api/v1/models/create", json={**made, "id": "guide", "name": "G", "meta": meta}))
    found = {one["id"]: one["info"]["meta"] for one in ok(web.get("/api/models"))["data"]}
    offered = found["keeper"]["capabilities"]
    assert (offered["vision"], offered["citations"], offered["usage"]) == (True, False, True)
    assert found["guide"]["capabilities"] == {"vision": False}
    assert services.live.current.frontend.model_params == "{}"
