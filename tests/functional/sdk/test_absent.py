"""Parts of RAGFlow's REST API that are not built: refused in a sentence, or read as empty."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.apps.sdk.absent import ABSENT, Absent
from tests.functional.library import API, data_of, make_dataset, refused

pytestmark = pytest.mark.databases("sqlite")

EMPTY = {
    "knowledge_graph": {"graph": {}, "mind_map": {}},
    "graph": {"graph": {}, "mind_map": {}},
    "trace_graphrag": {},
    "trace_raptor": {},
    "index?type=graph": {},
}


@pytest.mark.parametrize("absent", ABSENT, ids=lambda absent: absent.rule)
def test_what_is_not_built_says_so(
    client: FlaskClient, anonymous: FlaskClient, absent: Absent
) -> None:
    path = API + absent.rule.replace("<dataset_id>", "0" * 32).replace("<path:rest>", "a/b")
    for method in absent.methods:
        answer = client.open(path, method=method, json={})
        assert refused(answer, 501, 501) == f"{absent.what}: this is not built here."
        assert answer.get_json().keys() == {"code", "message"}
        assert anonymous.open(path, method=method, json={}).status_code == 401


@pytest.mark.parametrize(("path", "shown"), EMPTY.items())
def test_what_is_only_read_is_empty(
    client: FlaskClient, stranger: FlaskClient, path: str, shown: object
) -> None:
    address = f"{API}/datasets/{make_dataset(client)['id']}/{path}"
    assert data_of(client.get(address)) == shown
    refused(stranger.get(address), 404, 102)


def test_no_part_that_is_built_is_refused(app: Flask) -> None:
    served = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.endswith("absent.refuse")
        for method in rule.methods or ()
    }
    assert not served & {(API + item.rule, method) for item in ABSENT for method in item.methods}
