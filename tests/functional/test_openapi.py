"""The description of the doors is whole, true to their pages, and can be read and tried."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import BaseModel, ValidationError

from api.config.places import SHIPPED
from api.errors import RaglanError
from api.http.process import web_process
from api.openapi.document import SCHEMES
from api.openapi.operations import Operation, operations_of
from api.openapi.reading import Form, read
from api.openapi.refusals import refusals_of
from tests.functional.test_discovery import OPEN, SHARES
from tests.functional.test_hostile_requests import documented
from tests.test_docs import documented as rows

pytestmark = pytest.mark.databases("sqlite")

METHODS = {"get", "post", "put", "patch", "delete"}

Described = Callable[[str], dict[str, Any]]
"""Returns the description of a door; that of all doors without a name."""


@pytest.fixture(scope="module")
def operations(pages: Flask) -> list[Operation]:
    """Return what the pages do, as it was read from them once."""
    return list(operations_of(pages))


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    """Return the descriptions that were asked for already: making one takes long."""
    return {}


@pytest.fixture
def description(anonymous: FlaskClient, answers: dict[str, dict[str, Any]]) -> Described:
    def ask(name: str) -> dict[str, Any]:
        if name not in answers:
            path = f"/openapi/{name}.json" if name else "/openapi.json"
            answers[name] = anonymous.get(path).json
        return answers[name]

    return ask


@pytest.fixture
def whole(description: Described) -> dict[str, Any]:
    """Return the description of all doors."""
    return description("")


def described(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the methods and addresses of a description."""
    return {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method in METHODS
    }


def in_braces(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


# It is whole.


def test_what_is_described_is_what_the_pages_of_documentation_have(whole: dict[str, Any]) -> None:
    told = {(method, in_braces(rule)) for method, rule in rows() if not is_for_people(rule)}
    assert described(whole) == told


def is_for_people(rule: str) -> bool:
    return rule == "/" or rule.startswith(("/console", "/share"))


def test_no_address_is_answered_by_two_pages(operations: list[Operation]) -> None:
    counted = Counter((one.method, one.rule) for one in operations)
    twice = [address for address, times in counted.items() if times > 1]
    assert twice == [], "only the first of them is ever asked"


def test_the_sentences_are_those_of_the_documentation(whole: dict[str, Any]) -> None:
    told = whole["paths"]["/api/v1/datasets"]["get"]
    assert told["summary"] == "List datasets"
    assert told["description"].startswith("List datasets; ")
    assert told["description"] in (SHIPPED / "docs" / "api.md").read_text()


def test_each_door_has_its_part_and_none_is_left_out(
    app: Flask, anonymous: FlaskClient, description: Described, whole: dict[str, Any]
) -> None:
    parts = [described(description(name)) for name in web_process(app).doors.names]
    assert set().union(*parts) == described(whole)
    assert sum(map(len, parts)) == len(described(whole)), "an address is in two parts"
    assert len(parts) >= 9
    assert anonymous.get("/openapi/nothing.json").status_code == 404


def test_what_each_page_reads_and_answers_can_be_read(operations: list[Operation]) -> None:
    readings = {one.identity: one.reading for one in operations}
    assert len(readings) == len(operations) > 200
    assert {name: told.unread for name, told in readings.items() if told.unread} == {}
    loose = [
        (name, answer)
        for name, told in readings.items()
        for answer in told.answers
        if answer.form is not Form.STREAM and is_loose(answer.hint)
    ]
    assert loose == [], "its presenter returns a loose dict: return a TypedDict"
    assert [name for name, told in readings.items() if len(told.queries) > 1] == []


def is_loose(hint: object) -> bool:
    return re.search(r"(dict|Mapping)\[str, (object|typing\.Any)\]$", str(hint)) is not None


def test_every_operation_says_what_comes_of_it(whole: dict[str, Any]) -> None:
    silent = [
        f"{method} {path}"
        for path, methods in whole["paths"].items()
        for method, told in methods.items()
        if not any(status.startswith(("2", "3")) or status == "501" for status in told["responses"])
    ]
    assert silent == []


def test_what_each_door_says_of_errors_can_be_read(app: Flask) -> None:
    doors = web_process(app).doors
    for door in [doors.default, *doors.by_address.values()]:
        assert read(door.error).unread == [], door.name


def test_who_is_let_in_is_said_of_every_address(whole: dict[str, Any]) -> None:
    unguarded = {
        path
        for path, methods in whole["paths"].items()
        for told in methods.values()
        if not told["security"]
    }
    described = {rule for rule in OPEN if not rule.startswith(SHARES)}
    assert unguarded == {in_braces(rule) for rule in described} | {"/health"}
    known = {name for name, _ in SCHEMES.values()}
    assert set(whole["components"]["securitySchemes"]) == known


def test_no_reference_leads_nowhere(app: Flask, description: Described) -> None:
    for name in ("", *web_process(app).doors.names):
        document = description(name)
        for reference in references(document):
            place = document
            for part in reference.removeprefix("#/").split("/"):
                place = place[part]
            assert place, reference


def references(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from references(item)
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)


def test_every_operation_has_a_name_of_its_own(
    operations: list[Operation], whole: dict[str, Any]
) -> None:
    methods = whole["paths"].values()
    names = [told["operationId"] for some in methods for told in some.values()]
    assert len(names) == len(set(names)) == len(operations)
    assert all(name.isidentifier() for name in names)


# Its examples and errors are true.


def test_the_example_of_a_body_is_one_that_its_model_takes(
    operations: list[Operation], description: Described
) -> None:
    problems = []
    with_body = [one for one in operations if one.reading.bodies]
    assert len(with_body) > 100
    for one in with_body:
        told = description(one.door.name)["paths"][one.path][one.method.lower()]
        example = told["requestBody"]["content"]["application/json"]["example"]
        problems.append(refusal_of(one.reading.whole_bodies[0], example))
    found = [problem for problem in problems if problem]
    assert found == [], "give the model `examples` in `json_schema_extra`"


def refusal_of(model: type[BaseModel], example: object) -> str:
    try:
        model.model_validate(example)
    except (ValidationError, RaglanError) as error:
        return f"{example} is refused by {model.__name__}: {error}"
    return ""


def test_every_documented_error_of_the_envelope_is_described_and_no_other(
    operations: list[Operation],
) -> None:
    table = documented(SHIPPED / "docs" / "errors.md")
    told = {
        (status, refusal.code)
        for one in operations
        if one.door.name in {"rest", "console"}
        for status, refusals in refusals_of(one).items()
        for refusal in refusals
        if not refusal.is_early
    }
    assert told <= table
    before_pages = {(200, 0), (200, 500), (404, 404), (405, 405)}
    assert table - told <= before_pages


def test_an_error_is_described_in_the_form_of_its_door(whole: dict[str, Any]) -> None:
    answers = whole["components"]["responses"]

    def example(name: str) -> dict[str, Any]:
        examples = answers[name]["content"]["application/json"]["examples"]
        found: dict[str, Any] = examples["InvalidKeyError"]["value"]
        return found

    assert example("rest_401") == {
        "code": 109,
        "message": "Authentication error: API key is invalid!",
    }
    assert example("dify_401")["error_code"] == 1002
    assert example("ollama_401") == {"error": "The API key is not valid."}
    assert example("anthropic_401")["error"]["message"] == "The API key is not valid."
    assert example("mcp_401")["jsonrpc"] == "text"
    assert example("openai_401")["error"]["message"] == example("openai_401")["message"]


def test_an_error_has_the_status_with_which_its_door_sends_it(whole: dict[str, Any]) -> None:
    console = whole["paths"]["/v1/user/info"]["get"]["responses"]
    rest = whole["paths"]["/api/v1/datasets"]["get"]["responses"]
    assert "401" in rest
    assert "401" not in console
    told = console["200"]["content"]["application/json"]
    assert told["examples"]["InvalidKeyError"]["value"]["code"] == 401
    assert told["examples"]["success"]["value"]["code"] == 0
    assert len(told["schema"]["anyOf"]) == 2


def test_a_field_may_be_sent_under_each_of_its_names(whole: dict[str, Any]) -> None:
    schemas = whole["components"]["schemas"]
    deletion = schemas["DeleteFiles"]
    assert {"ids", "file_ids"} <= set(deletion["properties"])
    assert deletion["anyOf"] == [{"required": ["ids"]}, {"required": ["file_ids"]}]
    assert deletion.get("required", []) == []


def test_a_body_that_is_no_model_is_described(whole: dict[str, Any]) -> None:
    message = whole["paths"]["/mcp"]["post"]["requestBody"]
    told = message["content"]["application/json"]
    assert message["required"] is True
    assert told["example"] == {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    schema = whole["components"]["schemas"][told["schema"]["$ref"].rpartition("/")[2]]
    assert schema["required"] == ["jsonrpc", "method"]
    assert schema["properties"]["jsonrpc"]["const"] == "2.0"
    file = whole["paths"]["/process"]["put"]
    assert file["requestBody"]["required"] is True
    assert file["requestBody"]["content"] == {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
    }
    assert [header["name"] for header in file["parameters"]] == ["X-Filename"]


def test_a_stream_and_a_whole_answer_stand_beside_each_other(whole: dict[str, Any]) -> None:
    told = whole["paths"]["/v1/chat/completions"]["post"]["responses"]["200"]["content"]
    assert set(told) == {"application/json", "text/event-stream"}
    assert told["text/event-stream"]["schema"]["x-event"]["$ref"].endswith("ChunkAnswer")
    lines = whole["paths"]["/api/chat"]["post"]["responses"]["200"]["content"]
    assert "application/x-ndjson" in lines


def test_the_description_is_not_sent_again_to_those_who_have_it(anonymous: FlaskClient) -> None:
    tag = anonymous.get("/openapi.json").headers["ETag"]
    again = anonymous.get("/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


# The page to read it.


class Parts(HTMLParser):
    """What a page is made of: where it leads, and what would be run or styled in it."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [str(given[name]) for name in ("src", "href") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


def test_the_page_loads_nothing_from_elsewhere(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/docs")
    assert answer.content_type == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    parts = Parts(answer.text)
    assert parts.inline == []
    assert {"docs/main.mjs", "docs/reader.css", "openapi.json"} <= set(parts.links)
    for link in parts.links:
        assert anonymous.get(f"/{link}").status_code == 200, link


def test_its_scripts_load_each_other_and_make_no_markup(anonymous: FlaskClient) -> None:
    seen: set[str] = set()
    left = ["main.mjs"]
    while left:
        name = left.pop()
        seen.add(name)
        answer = anonymous.get(f"/docs/{name}")
        assert answer.content_type == "text/javascript; charset=utf-8", name
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|eval\(|https?://", answer.text)
        left += [item for item in re.findall(r'from "\./(.*?)"', answer.text) if item not in seen]
    assert seen == {"main.mjs", "operations.mjs", "elements.mjs"}


@pytest.mark.parametrize(
    "name", ["nothing.mjs", "index.html", "..", "reader.py", "%2e%2e%2fdoor.py"]
)
def test_nothing_else_is_sent(anonymous: FlaskClient, name: str) -> None:
    assert anonymous.get(f"/docs/{name}").status_code in {404, 308}
