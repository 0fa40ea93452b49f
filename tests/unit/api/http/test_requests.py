"""Reading requests into models."""

from typing import Any

import pytest
from flask import Flask
from pydantic import Field

from api.errors import ArgumentError
from api.http.discovery import NOWHERE
from api.http.door import Doors
from api.http.process import WebProcess, install
from api.http.requests import query_arguments, validated
from api.schemas.base import Request

WANTS_INTEGER = "Field: <page> - Message: <Input should be a valid integer> - Value: <None>"
WANTS_LIST = f"Field: <run> - Message: <Input should be a valid list> - Value: <{'x' * 128}>"


class Query(Request):
    """A query with a field of each kind."""

    page: int = Field(1, ge=1)
    run: list[str] = Field(default_factory=list)


def read(query: str) -> Query:
    app = Flask(__name__)
    install(app, WebProcess(Doors((), NOWHERE)))
    with app.test_request_context(f"/?{query}"):
        return query_arguments(Query)


def test_a_list_takes_every_repetition_and_another_field_the_last() -> None:
    assert read("run=1&run=2&page=3&page=4&other=5") == Query(page=4, run=["1", "2"])
    assert read("") == Query()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"page": 0},
            "Field: <page> - Message: <Input should be greater than or equal to 1> - Value: <0>",
        ),
        ({"page": None, "run": []}, WANTS_INTEGER),
        ({"run": "x" * 200}, WANTS_LIST),
    ],
)
def test_what_is_wrong_is_said_by_field(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        validated(Query, values)
    assert caught.value.message == message


def test_every_wrong_field_gets_a_line() -> None:
    with pytest.raises(ArgumentError) as caught:
        validated(Query, {"page": 0, "run": "x"})
    assert [line.split()[1] for line in caught.value.message.splitlines()] == ["<page>", "<run>"]
