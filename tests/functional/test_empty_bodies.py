"""A request without a body is one with an empty object, at every page that reads JSON."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.functional.hostile import pages_of

pytestmark = pytest.mark.databases("sqlite")

FORMS = {("POST", "/api/v1/files")}
"""Pages that take a form, too, and take no body for one without a file."""

SAME = {"X-Request-Id": "same"}


def test_no_body_is_an_empty_object(app: Flask, client: FlaskClient) -> None:
    pages = [
        page for page in pages_of(app) if page.body and (page.method, page.rule.rule) not in FORMS
    ]
    assert len(pages) > 40
    for page in pages:
        path = page.address({})
        answers = [
            client.open(path, method=page.method, headers=SAME, **sent)
            for sent in ({}, {"json": {}})
        ]
        first, second = [(answer.status_code, told(answer.get_data())) for answer in answers]
        assert first == second, (page.method, path)


def told(answer: bytes) -> str:
    """Return an answer without what differs each time: ids and times."""
    return answer.decode().partition('"id"')[0]
