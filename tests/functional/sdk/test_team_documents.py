"""What members of a team do with the documents and chunks of datasets that it shares."""

import pytest
from flask.testing import FlaskClient

from api.config.settings import QuotaSettings
from api.container import Services
from api.db.connection import connection
from api.db.models.document import Document
from tests.functional.conftest import Member
from tests.functional.library import (
    API,
    add_chunk,
    data_of,
    make_dataset,
    post_files,
    refused,
    show_dataset,
    upload,
)

COLLEAGUE = "stranger@example.org"


@pytest.fixture
def dataset(client: FlaskClient) -> str:
    """Make a dataset that its owner shares with the team; return its id."""
    dataset_id: str = make_dataset(client, "shared", permission="team")["id"]
    return dataset_id


@pytest.fixture
def colleague(services: Services, member: Member, stranger: FlaskClient) -> FlaskClient:
    """Return a client of a member of the team."""
    services.accounts.members.add(member.account.principal, COLLEAGUE)
    return stranger


def limit(services: Services, **quota: int) -> None:
    """Apply quotas."""
    limits = {"quota": QuotaSettings(**quota)}
    services.live.current = services.live.current.model_copy(update=limits)


@pytest.mark.databases("sqlite")
def test_a_member_edits_chunks_in_it(
    client: FlaskClient, colleague: FlaskClient, dataset: str
) -> None:
    document = upload(client, dataset, ("mine.txt", b"of the owner"))[0]["id"]
    path = f"{API}/datasets/{dataset}/documents/{document}"
    chunk = f"{path}/chunks/{add_chunk(colleague, path, 'The old lamp')['id']}"
    data_of(colleague.put(chunk, json={"content": "The new lamp"}))
    assert data_of(client.get(chunk))["content_with_weight"] == "The new lamp"
    assert data_of(colleague.get(chunk)) == data_of(client.get(chunk))
    hidden = {"chunk_ids": [chunk.rpartition("/")[2]], "available": False}
    data_of(colleague.patch(f"{path}/chunks", json=hidden))
    assert not data_of(client.get(f"{path}/chunks"))["chunks"][0]["available"]
    data_of(colleague.delete(f"{path}/chunks", json={"chunk_ids": None}))
    assert show_dataset(client, path)["chunk_count"] == 0


def test_what_a_member_adds_belongs_to_the_owner(
    client: FlaskClient, colleague: FlaskClient, dataset: str, services: Services, member: Member
) -> None:
    own = make_dataset(colleague, "own")["id"]
    document = upload(colleague, dataset, ("theirs.txt", b"of the member"))[0]
    assert document["created_by"] != member.account.id
    with connection(services.database):
        [row] = Document.select(Document.tenant_id).where(Document.id == document["id"])
    assert row.tenant_id == member.account.id

    limit(services, tenant_chunks=1)
    path = f"{API}/datasets/{dataset}/documents/{document['id']}"
    add_chunk(colleague, path, "The first one.")
    said = refused(client.post(f"{path}/chunks", json={"content": "One more."}), 403, 102)
    assert "quota.tenant_chunks" in said
    mine = upload(colleague, own, ("own.txt", b"own"))[0]["id"]
    add_chunk(colleague, f"{API}/datasets/{own}/documents/{mine}", "The member's own.")


def test_what_is_not_shared_any_more_is_not_there(
    client: FlaskClient,
    colleague: FlaskClient,
    dataset: str,
    services: Services,
    member: Member,
) -> None:
    document = upload(colleague, dataset, ("theirs.txt", b"of the member"))[0]["id"]
    path = f"{API}/datasets/{dataset}/documents/{document}"
    chunk = f"{path}/chunks/{add_chunk(colleague, path, 'The lamp')['id']}"

    def assert_hidden() -> None:
        for answer in (
            post_files(colleague, dataset, ("more.txt", b"more")),
            colleague.get(f"{API}/datasets/{dataset}/documents"),
            colleague.delete(f"{API}/datasets/{dataset}/documents", json={"ids": [document]}),
            colleague.get(path),
            colleague.put(path, json={"name": "new.txt"}),
            colleague.get(f"{path}/chunks"),
            colleague.post(f"{path}/chunks", json={"content": "more"}),
            colleague.get(chunk),
            colleague.put(chunk, json={"content": "more"}),
            colleague.delete(f"{path}/chunks", json={"chunk_ids": None}),
        ):
            assert "dataset" in refused(answer, 404, 102)

    data_of(client.put(f"{API}/datasets/{dataset}", json={"permission": "me"}))
    assert_hidden()
    data_of(client.put(f"{API}/datasets/{dataset}", json={"permission": "team"}))
    data_of(colleague.get(path.rpartition("/")[0]))
    services.accounts.members.remove(member.account.principal, COLLEAGUE)
    assert_hidden()
    assert data_of(client.get(f"{path}/chunks"))["total"] == 1
