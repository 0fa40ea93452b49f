"""A running RAGFlow server that is read through its REST API, in either contract."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import IO, Any, TypeVar

import requests
from pydantic import ValidationError

from api.cli.importing.contracts import SourceContract, contract_of
from api.cli.importing.records import (
    SourceChat,
    SourceChunk,
    SourceDataset,
    SourceDocument,
    SourceSession,
    Told,
)
from api.cli.importing.remote import Remote, SourceError

T = TypeVar("T", bound=Told)

PAGE_SIZE = 100
"""As many items as the later contract gives at once."""

IN_MEMORY = 8 << 20
BLOCK = 256 << 10
NOT_FOUND = 102
"""The code by which the older contract answers a page behind the last one of assistants."""

UNAUTHORIZED = frozenset({109, 401})


class Source:
    """The things of one account on another server."""

    def __init__(self, url: str, key: str) -> None:
        """Initialize with the server's address; nothing is requested yet."""
        self.remote = Remote(url, key)
        self.url = self.remote.url

    @cached_property
    def contract(self) -> SourceContract:
        """Return the contract that the server speaks, which one request tells."""
        with self.remote.send("/chats", params={"page": 1, "page_size": 1}) as response:
            return contract_of(self.checked(self.envelope(response)).get("data"))

    def datasets(self) -> Iterator[SourceDataset]:
        """Yield the datasets."""
        for item in self.items("/datasets"):
            yield told(SourceDataset, {**item, "fields": self.contract.fields(item)})

    def documents(self, dataset_id: str) -> Iterator[SourceDocument]:
        """Yield the documents of a dataset, the oldest first."""
        path = f"/datasets/{dataset_id}/documents"
        for item in self.items(path, orderby="create_time", desc="false"):
            yield told(SourceDocument, item)

    def chunks(self, dataset_id: str, document_id: str) -> Iterator[SourceChunk]:
        """Yield the chunks of a document."""
        for item in self.items(f"/datasets/{dataset_id}/documents/{document_id}/chunks"):
            yield told(SourceChunk, item)

    def chats(self) -> Iterator[SourceChat]:
        """Yield the assistants."""
        for item in self.items("/chats"):
            yield told(SourceChat, {**item, "fields": self.contract.fields(item)})

    def sessions(self, chat_id: str) -> Iterator[SourceSession]:
        """Yield the sessions of an assistant."""
        for item in self.items(f"/chats/{chat_id}/sessions"):
            yield told(SourceSession, item)

    @contextmanager
    def content(self, dataset_id: str, document: SourceDocument) -> Iterator[IO[bytes]]:
        """Yield the bytes of a document's file, which are on the disk if they are many."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            if document.size:
                self.load(f"/datasets/{dataset_id}/documents/{document.id}", file)
            file.seek(0)
            yield file

    def load(self, path: str, file: IO[bytes]) -> None:
        """Load a file; raises SourceError where an error comes in its place."""
        with self.remote.send(path, stream=True) as response:
            if response.headers.get("Content-Type", "").startswith("application/json"):
                self.check(response)
            for block in response.iter_content(BLOCK):
                file.write(block)

    def items(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, page by page."""
        page, seen = 1, set[str]()
        while True:
            found = self.page(path, {**query, "page": page, "page_size": PAGE_SIZE})
            fresh = [item for item in found if item.get("id") not in seen]
            yield from fresh
            if len(found) < PAGE_SIZE or not fresh:  # a server that pages badly must come to an end
                return
            seen.update(str(item.get("id")) for item in fresh)
            page += 1

    def page(self, path: str, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return a page of a list, of which the contracts have two forms."""
        with self.remote.send(path, params=query) as response:
            envelope = self.envelope(response)
        if envelope.get("code") == NOT_FOUND and query["page"] > 1:
            return []
        data = self.checked(envelope).get("data")
        if isinstance(data, Mapping):
            data = next((value for value in data.values() if isinstance(value, list)), [])
        return [item for item in data or [] if isinstance(item, dict)]

    def check(self, response: requests.Response) -> None:
        """Raise SourceError where a file should be and an error is; a JSON file is none."""
        try:
            envelope = response.json()
        except ValueError:
            return
        if isinstance(envelope, dict) and set(envelope) == {"code", "message"}:
            self.checked(envelope)

    def envelope(self, response: requests.Response) -> Mapping[str, Any]:
        """Return what the server says; raises SourceError if it says nothing that can be read."""
        try:
            found = response.json()
        except ValueError as error:
            raise SourceError(f"{self.url} answers, but not as a RAGFlow server does.") from error
        if not isinstance(found, dict):
            raise SourceError(f"{self.url} answers, but not as a RAGFlow server does.")
        return found

    def checked(self, envelope: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an envelope of success; raises SourceError with what the server says."""
        code, message = envelope.get("code"), envelope.get("message")
        if code in UNAUTHORIZED:
            raise SourceError(f"{self.url} refuses the key: {message}")
        if code != 0:
            raise SourceError(f"{self.url} says: {message or envelope}")
        return envelope


def told(kind: type[T], item: Mapping[str, Any]) -> T:
    """Return an item as it is read; raises SourceError naming what cannot be."""
    try:
        return kind.model_validate(item)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors())
        raise SourceError(
            f"The server tells of {item.get('id')} in another form: {places}."
        ) from error
