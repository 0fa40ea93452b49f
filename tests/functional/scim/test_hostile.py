"""What no honest identity provider sends: a word of what is wrong, never a defect."""

import pytest
from flask.testing import FlaskClient

from tests.functional.hostile import IDS, VALUES, WORDS
from tests.functional.scim.conftest import USERS, made

pytestmark = pytest.mark.databases("sqlite")

BODIES = (
    b'{"userName": %b}',
    b'{"userName": "x", "active": %b}',
    b'{"userName": "x", "emails": %b}',
    b'{"userName": "x", "emails": [{"value": %b}]}',
    b'{"userName": "x", "name": {"formatted": %b}}',
    b'{"Operations": %b}',
    b'{"Operations": [{"op": "add", "path": %b, "value": 1}]}',
    b'{"Operations": [{"op": "add", "path": "emails", "value": %b}]}',
    b'{"Operations": [{"op": "replace", "path": "name.formatted", "value": %b}]}',
    b'{"Operations": [{"op": "replace", "value": %b}]}',
)


@pytest.mark.long
def test_every_value_in_every_place(provider: FlaskClient) -> None:
    place = f"{USERS}/{made(provider)['id']}"
    for body in BODIES:
        for value in VALUES.values():
            for method in ("POST", "PUT", "PATCH"):
                path = USERS if method == "POST" else place
                content = body.replace(b"%b", value)
                answer = provider.open(
                    path, method=method, data=content, content_type="application/scim+json"
                )
                assert answer.status_code in {200, 201, 400, 409, 413}, (method, content[:200])
                assert len(answer.data) < 100_000


def test_every_word_in_every_query(provider: FlaskClient) -> None:
    made(provider)
    names = ("filter", "sortBy", "sortOrder", "startIndex", "count", "attributes")
    for word in WORDS.values():
        for name in names:
            sent = word.encode(errors="surrogateescape")
            answer = provider.get(USERS, query_string={name: sent})
            assert answer.status_code in {200, 400}, (name, word[:100])
        filtered = f'userName eq "{word}"'.encode(errors="surrogateescape")
        assert provider.get(USERS, query_string={"filter": filtered}).status_code in {200, 400}
    for given in IDS:
        assert provider.get(f"{USERS}/{given}").status_code in {200, 404, 405}, given
        assert provider.get(f"/scim/v2/Schemas/{given}").status_code in {200, 404}, given
