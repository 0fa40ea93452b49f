"""Quotas: what a tenant and a dataset may hold is refused beyond it, by the setting's name."""

from importlib import import_module

import pytest
from flask import Flask

from api.config.settings import QuotaSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.dataset import Dataset
from tests.functional.conftest import client_with, join
from tests.functional.ingesting import Site
from tests.functional.library import (
    API,
    add_chunk,
    data_of,
    make_dataset,
    make_document,
    post_files,
    refused,
    together,
    upload,
)

LINES = b"The tide table hangs by the door.\nThe lamp is lit at dusk.\n"


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Return settings with the quotas of a test."""
    return settings.model_copy(update={"quota": QuotaSettings(**getattr(request, "param", {}))})


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"dataset_documents": 2}, "dataset_documents"),
        ({"dataset_bytes": 20}, "dataset_bytes"),
        ({"tenant_documents": 2}, "tenant_documents"),
        ({"tenant_bytes": 20}, "tenant_bytes"),
    ],
    indirect=["settings"],
)
def test_an_upload_beyond_it_is_refused_whole(site: Site, settings: Settings, name: str) -> None:
    client = site.client
    dataset = make_dataset(client)["id"]
    first = upload(client, dataset, ("a.txt", b"0123456789"), ("b.txt", b"0123456789"))
    message = refused(post_files(client, dataset, ("c.txt", b"0")), 403, 102)
    assert f"quota.{name}" in message
    site.tidy()
    files = [path for path in (settings.data_path / "files").rglob("*.bin") if path.is_file()]
    assert sorted(path.stem for path in files) == sorted(item["id"] for item in first)
    data_of(client.delete(f"{API}/datasets/{dataset}/documents", json={"ids": [first[0]["id"]]}))
    upload(client, dataset, ("c.txt", b"0"))
    site.assert_consistent(f"{API}/datasets/{dataset}/documents/{first[1]['id']}")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("settings", [{"tenant_documents": 1}], indirect=True)
def test_a_tenants_counts_all_its_datasets_and_nobody_elses(
    site: Site, app: Flask, services: Services
) -> None:
    make_document(site.client)
    other = make_dataset(site.client, "another")["id"]
    refused(post_files(site.client, other, ("c.txt", b"0")), 403, 102)
    stranger = client_with(app, join(services, "else@example.org").api_key)
    make_document(stranger)
    data_of(site.client.delete(f"{API}/datasets", json={"ids": None}))
    make_document(site.client)


@pytest.mark.parametrize(
    "settings", [{"tenant_documents": 3}, {"dataset_documents": 3}], indirect=True
)
def test_of_uploads_at_once_no_more_get_in_than_fit(app: Flask, services: Services) -> None:
    key = join(services, "busy@example.org").api_key
    client = client_with(app, key)
    # Of a tenant's quota, uploads to different datasets must know of each other.
    whole = services.settings.quota.tenant_documents > 0
    datasets = [
        make_dataset(client, f"d{n if whole else 0}")["id"] for n in range(6 if whole else 1)
    ]
    statuses: list[int] = []

    def send(number: int) -> None:
        dataset = datasets[number % len(datasets)]
        answer = post_files(client_with(app, key), dataset, (f"{number}.txt", b"text"))
        statuses.append(answer.status_code)

    together(*(lambda number=number: send(number) for number in range(6)))
    assert sorted(statuses) == [200] * 3 + [403] * 3


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("settings", "name"),
    [({"dataset_chunks": 1}, "dataset_chunks"), ({"tenant_chunks": 1}, "tenant_chunks")],
    indirect=["settings"],
)
def test_a_chunk_beyond_it_is_refused(site: Site, name: str) -> None:
    document = make_document(site.client)
    add_chunk(site.client, document, "The first one.")
    answer = site.client.post(f"{document}/chunks", json={"content": "One more."})
    assert f"quota.{name}" in refused(answer, 403, 102)
    assert [chunk["content"] for chunk in site.chunks(document)] == ["The first one."]
    site.assert_consistent(document)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("settings", [{"dataset_chunks": 1}], indirect=True)
def test_a_document_with_too_many_chunks_fails_and_keeps_its_older_ones(site: Site) -> None:
    path = site.document("a.txt", LINES)
    site.parse(path)
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.change(path, chunk_method="naive", parser_config={"chunk_token_num": 1, "delimiter": "\n"})
    before = [chunk["content"] for chunk in site.chunks(path)]
    site.parse(path)
    site.work()
    shown = site.shown(path)
    assert shown["run"] == "FAIL"
    assert "quota.dataset_chunks" in shown["progress_msg"]
    assert [chunk["content"] for chunk in site.chunks(path)] == before
    site.tidy()
    site.assert_consistent(path)


@pytest.mark.databases("sqlite")
def test_a_lowered_one_lets_stay_what_does_not_grow(site: Site) -> None:
    path = site.document("a.txt", LINES)
    site.parse(path)
    site.work()
    lowered = site.services.live.current.quota.model_copy(
        update={"dataset_chunks": 1, "dataset_documents": 1, "tenant_bytes": 1}
    )
    site.services.live.current = site.services.live.current.model_copy(update={"quota": lowered})
    site.parse(path)
    site.work()
    assert site.shown(path)["run"] == "DONE"
    refused(post_files(site.client, path.split("/")[4], ("b.txt", b"x")), 403, 102)


def test_the_files_of_older_datasets_are_counted(site: Site) -> None:
    path = site.document("a.txt", LINES)
    empty = make_dataset(site.client, "empty")["id"]
    dataset = path.split("/")[4]
    site.set_rows(Dataset, Dataset.id.in_([dataset, empty]), size=7)
    with connection(site.services.database):
        import_module("api.db.migrations.0004_dataset_size").apply(site.services.database)
    sizes = {row["id"]: row["size"] for row in site.rows(Dataset, Dataset.size >= 0)}
    assert sizes == {dataset: len(LINES), empty: 0}
