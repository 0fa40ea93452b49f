"""Prompts of the settings: refused or kept, and filled in for who asks."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.config.frontend import FrontendSettings
from api.config.templates import LONGEST
from api.container import Services
from api.schemas.openwebui.panel_tasks import TASKS as TASKS_PAGE
from api.services.accounts.records import Principal
from api.services.plugins.opening import NOWHERE
from tests.functional.conftest import Member
from tests.functional.openwebui.test_tasks import asked
from tests.functional.openwebui.test_writing import MODEL, SPOKEN, TASKS, written
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.databases("sqlite")

PROMPTS = {
    "TITLE_GENERATION_PROMPT_TEMPLATE": ("title", "title"),
    "TAGS_GENERATION_PROMPT_TEMPLATE": ("tags", "tags"),
    "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE": ("follow_up", "follow_ups"),
    "QUERY_GENERATION_PROMPT_TEMPLATE": ("queries", "queries"),
    "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE": ("auto", "text"),
    "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE": ("image_prompt", "prompt"),
}
NOW = "{{CURRENT_DATE}} {{CURRENT_TIME}} {{CURRENT_DATETIME}} {{CURRENT_WEEKDAY}}"


def put(admin: FlaskClient, **given: object) -> Any:
    """Change the page of tasks; return it."""
    answer = admin.post(f"{TASKS}/config/update", json=given)
    assert answer.status_code == 200, answer.text
    return answer.json


def set_prompts(services: Services, **given: str) -> None:
    """Let settings of the front end be in force; those of the page are read from a file anew."""
    settings = FrontendSettings.model_validate(given)
    services.webui.writing.settings = lambda: settings
    services.webui.templates.settings = lambda: settings


def told(endpoint: ModelEndpoint) -> Any:
    """Return what a model was told last."""
    return endpoint.received[-1].body["messages"]


def test_each_prompt_takes_the_place_of_the_one_that_is_shipped(
    web: FlaskClient, admin: FlaskClient, services: Services
) -> None:
    given = {name: f"Mine for {what}" for name, (what, _) in PROMPTS.items()}
    given["VOICE_MODE_PROMPT_TEMPLATE"] = " Speak "
    page = put(admin, ENABLE_VOICE_MODE_PROMPT=False, **given)
    assert page.items() >= {**given, "VOICE_MODE_PROMPT_TEMPLATE": "Speak"}.items()
    assert web.get(f"{TASKS}/config").json == page
    kept = services.live.current.frontend
    assert (kept.title_prompt, kept.voice) == ("Mine for title", "off")
    assert put(admin, TITLE_GENERATION_PROMPT_TEMPLATE=None) == {
        **page,
        "TITLE_GENERATION_PROMPT_TEMPLATE": "",
    }


def test_a_prompt_is_all_that_a_model_is_told(
    web: FlaskClient, services: Services, endpoint: ModelEndpoint
) -> None:
    given = {TASKS_PAGE.rows[name].setting.partition(".")[2]: f"Mine {name}" for name in PROMPTS}
    set_prompts(services, autocomplete="on", **given)
    for name, (what, field) in PROMPTS.items():
        endpoint.script.append(said(json.dumps({field: "x"})))
        written(web, what, prompt="When")
        assert told(endpoint) == [{"role": "user", "content": f"Mine {name}"}]
    set_prompts(services)
    endpoint.script.append(said("Lamps"))
    written(web, "title")
    assert [one["role"] for one in told(endpoint)] == ["system", "user"]


def test_variables_are_filled_in_once(
    web: FlaskClient, services: Services, endpoint: ModelEndpoint, member: Member
) -> None:
    spoken = [
        {"role": "user", "content": "I say {{USER_NAME}}"},
        {"role": "assistant", "content": "At dusk."},
        {"role": "user", "content": "abcdefgh"},
    ]
    first, _, last = (f"{one['role'].upper()}: {one['content']}" for one in spoken)
    for template, expected in (
        ("{{MESSAGES:START:1}}", first),
        ("{{ MESSAGES:END:1 }}", last),
        ("{{MESSAGES:END:2}}", f"ASSISTANT: At dusk.\n\n{last}"),
        ("{{MESSAGES:MIDDLETRUNCATE:2}}", f"{first}\n\n...\n\n{last}"),
        ("{{MESSAGES:MIDDLETRUNCATE:1}}", f"{first}\n\n..."),
        ("{{MESSAGES:END:1}}{{MESSAGES:END:1}}", last * 2),
        ("{{prompt}} {{prompt:start:2}} {{prompt:end:3}}", "abcdefgh ab fgh"),
        ("{{prompt:middletruncate:3}} {{prompt:end:9}}", "ab...h abcdefgh"),
        ("{{TYPE}} {{USER_NAME}}", f"general {member.account.nickname}"),
        ("{{CURRENT_TIMEZONE}}", "UTC"),
    ):
        set_prompts(services, title_prompt=f"> {template} <")
        endpoint.script.append(said("Lamps"))
        written(web, "title", messages=spoken)
        assert told(endpoint)[0]["content"] == f"> {expected} <"


def test_times_are_those_of_who_asks(
    web: FlaskClient, services: Services, endpoint: ModelEndpoint
) -> None:
    set_prompts(services, title_prompt=f"{{{{CURRENT_TIMEZONE}}}} {NOW}")
    for zone, expected in (
        ("Pacific/Kiritimati", "Pacific/Kiritimati"),
        ("", "Pacific/Kiritimati"),
        ("Europe", "UTC"),
        ("../etc", "UTC"),
        ("Nowhere/Land", "UTC"),
    ):
        given = {"timezone": zone}
        assert web.post("/api/v1/auths/update/timezone", json=given).status_code == 200
        endpoint.script.append(said("Lamps"))
        written(web, "title")
        shown, date, time, also_date, also_time, weekday = told(endpoint)[0]["content"].split(" ")
        assert (shown, also_date, also_time) == (expected, date, time)
        assert (len(date), len(time), weekday.endswith("day")) == (10, 8, True)
    assert web.post("/api/v1/auths/update/timezone", json={"timezone": "\0"}).status_code == 422


def test_a_field_in_which_somebody_types_has_a_type(
    web: FlaskClient, services: Services, endpoint: ModelEndpoint
) -> None:
    template = "{{TYPE}}: {{prompt}} after {{MESSAGES:END:1}}"
    set_prompts(services, autocomplete="on", autocomplete_prompt=template)
    endpoint.script += [said('{"text": "x"}')] * 2
    for kind, expected in (("search query", "search query"), ("", "general")):
        written(web, "auto", messages=SPOKEN, prompt="And who", type=kind)
        assert told(endpoint)[0]["content"] == f"{expected}: And who after ASSISTANT: At dusk."


def test_what_is_no_variable_is_refused_by_its_name(admin: FlaskClient) -> None:
    for name in (*PROMPTS, "VOICE_MODE_PROMPT_TEMPLATE"):
        for wrong in (
            "USER_LOCATION",
            "MESSAGES",
            "MESSAGES:END",
            "MESSAGES:END:0",
            "MESSAGES:END:x",
            "MESSAGES:LAST:2",
            "prompt:START:2",
            "",
        ):
            given = {name: f"Say {{{{{wrong}}}}}"}
            answer = admin.post(f"{TASKS}/config/update", json=given)
            assert answer.status_code == 400, answer.text
            assert f"{name}: {{{{{wrong}}}}} is no variable" in answer.json["detail"]
        long = admin.post(f"{TASKS}/config/update", json={name: "x" * (LONGEST + 1)})
        assert (long.status_code, name in str(long.json)) == (422, True)
    unchanged = admin.get(f"{TASKS}/config").json
    assert not any(unchanged[name] for name in PROMPTS)


def test_models_are_told_that_an_answer_is_read_out(
    web: FlaskClient,
    services: Services,
    member: Member,
    endpoint: ModelEndpoint,
) -> None:
    asker = Principal(member.account.id, member.account.id)
    body = {"model": MODEL, "messages": SPOKEN[:1], "features": {"voice": True}}
    set_prompts(services, voice_prompt="Speak to {{USER_NAME}} of {{prompt}}")
    question = SPOKEN[0]["content"]
    mine = f"Speak to {member.account.nickname} of {question}"
    endpoint.script += [said("At dusk.") for _ in range(5)]
    web.post("/api/chat/completions", json={**body, "stream": True}).get_data()
    assert told(endpoint)[0]["content"] == f"{mine}\n\n{question}"
    given = asked(model=MODEL, features={"voice": True})
    [(_, wanted)] = services.webui.tasks.ask(asker, given).tasks
    assert list(services.webui.making.pieces(asker, wanted, NOWHERE))
    assert told(endpoint)[0]["content"].startswith("Speak to ")
    set_prompts(services)
    web.post("/api/chat/completions", json={**body, "stream": True}).get_data()
    assert "read out" in told(endpoint)[0]["content"]
    set_prompts(services, voice="off")
    web.post("/api/chat/completions", json={**body, "stream": True}).get_data()
    assert told(endpoint)[0]["content"] == question
    web.post("/api/chat/completions", json={**body, "features": {}, "stream": True}).get_data()
    assert told(endpoint)[0]["content"] == question
