"""Datasets, documents and chunks through the published Python client."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from ragflow_sdk import DataSet, RAGFlow
from werkzeug.serving import make_server

from api.container import Services
from api.db.connection import connection
from api.db.models.document import Document
from tests.functional.conftest import Member


@pytest.fixture
def rag(app: Flask, member: Member) -> Iterator[Any]:
    """Serve the application on a free port and return a client of it."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield RAGFlow(member.api_key, f"http://127.0.0.1:{listening.getsockname()[1]}")
    server.shutdown()
    thread.join()
    server.server_close()
    listening.close()


def test_datasets(rag: Any) -> None:
    config = DataSet.ParserConfig(rag, {"chunk_token_num": 64, "delimiter": "\n"})
    dataset = rag.create_dataset("handbook", description="rules", parser_config=config)
    assert (dataset.name, dataset.chunk_method) == ("handbook", "naive")
    assert dataset.parser_config.chunk_token_num == 64
    assert rag.create_dataset("handbook").name == "handbook(1)"
    assert rag.get_dataset("handbook").id == dataset.id
    assert [found.id for found in rag.list_datasets(id=dataset.id, page_size=5)] == [dataset.id]
    dataset.update({"name": "rules", "chunk_method": "qa"})
    assert (dataset.name, dataset.chunk_method) == ("rules", "qa")
    with pytest.raises(Exception, match="already exists"):
        dataset.update({"name": "HANDBOOK(1)"})
    with pytest.raises(Exception, match="lacks permission for dataset 'nothing'"):
        rag.get_dataset("nothing")
    rag.delete_datasets([dataset.id])
    assert [found.name for found in rag.list_datasets()] == ["handbook(1)"]
    rag.delete_datasets(None)
    assert rag.list_datasets() == []


def test_documents(rag: Any, services: Services) -> None:
    dataset = rag.create_dataset("handbook")
    files = [
        {"display_name": name, "blob": name.encode()} for name in ("灯 塔.txt", "b.md", "c.md")
    ]
    first, second, third = dataset.upload_documents(files)
    assert (first.name, first.run, first.size) == ("灯 塔.txt", "UNSTART", 11)
    assert first.download() == "灯 塔.txt".encode()
    first.update({"name": "lamp.txt", "meta_fields": {"year": 1999}, "chunk_method": "one"})
    assert (first.name, first.chunk_method, first.meta_fields.year) == ("lamp.txt", "one", 1999)
    with pytest.raises(Exception, match="extension"):
        first.update({"name": "lamp.md"})
    assert [found.name for found in dataset.list_documents(keywords="LAMP")] == ["lamp.txt"]
    assert len(dataset.list_documents(page_size=2)) == 2
    dataset.async_parse_documents([first.id, second.id])
    with pytest.raises(Exception, match="currently being processed"):
        dataset.async_parse_documents([first.id])
    dataset.async_cancel_parse_documents([first.id])
    assert dataset.list_documents(id=first.id)[0].run == "CANCEL"
    worker = threading.Thread(target=finish_run, args=(services, second.id))
    dataset.async_cancel_parse_documents([second.id])
    worker.start()
    assert dataset.parse_documents([second.id]) == [(second.id, "DONE", 0, 0)]
    worker.join()
    dataset.delete_documents([third.id])
    assert len(dataset.list_documents()) == 2
    dataset.delete_documents(None)
    assert dataset.list_documents() == []


def finish_run(services: Services, document_id: str) -> None:
    """End the run of a document, once there is one, as a worker does."""
    done = Document.update(run="DONE", progress=1.0)
    with connection(services.database):
        while not done.where(Document.id == document_id, Document.run == "RUNNING").execute():
            time.sleep(0.01)


@pytest.mark.databases("sqlite")
def test_chunks(rag: Any) -> None:
    dataset = rag.create_dataset("handbook")
    document = dataset.upload_documents([{"display_name": "a.txt", "blob": b"x"}])[0]
    chunk = document.add_chunk("The lamp burns", important_keywords=["light"])
    assert (chunk.content, chunk.important_keywords) == ("The lamp burns", ["light"])
    chunk.update({"content": "The lamp is out", "available": False})
    (shown,) = document.list_chunks()
    assert (shown.content, shown.available) == ("The lamp is out", False)
    assert shown.document_name == "a.txt"
    assert len(document.list_chunks(keywords="lamp", page_size=5)) == 1
    assert document.list_chunks(id=chunk.id)[0].id == chunk.id
    with pytest.raises(Exception, match="`content` is required"):
        document.add_chunk(" ")
    with pytest.raises(Exception, match="expect 2"):
        document.delete_chunks([chunk.id, "0" * 16])
    document.add_chunk("another")
    document.delete_chunks(None)
    assert document.list_chunks() == []
