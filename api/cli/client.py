"""The REST client of the command line: one method an operation, errors as sentences.

It asks for what both contracts answer alike, and reads either where they do not.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from click import ClickException

from api.cli.answers import Answer, Dataset, Document, Envelope, Found
from api.cli.body import FileBody

TIMEOUT = (5, 300)
PAGE_SIZE = 1024
SHORT_PAGE = 100
"""As many items as the later contract gives at once."""

AUTHENTICATION = frozenset({109, 401})


class NoAccessError(ClickException):
    """The server cannot be asked, or not with this key: another call would fail, too."""


class Client:
    """Calls the REST API of the server at `url` with an API key.

    Every method raises ClickException with the server's own message when a call fails,
    NoAccessError when no call can succeed. `refused` says what to do about a refused key.
    """

    def __init__(self, url: str, key: str, refused: str) -> None:
        """Initialize with the address; nothing is sent yet."""
        self.url = url.rstrip("/").removesuffix("/api/v1")  # as other clients want it
        self.refused = refused
        self.page_size = PAGE_SIZE
        self.session = requests.Session()
        self.session.auth = bearer(key)
        # A proxy cannot reach the server that is meant by an address of this machine.
        self.session.trust_env = not is_local(url)

    def ping(self) -> None:
        """Raise NoAccessError unless a server answers."""
        self.send("GET", "/system/ping")

    def datasets(self) -> list[Dataset]:
        """Return all datasets, newest first."""
        return list(self.pages("/datasets"))

    def find_dataset(self, name: str) -> Dataset | None:
        """Return the dataset with this name, whatever its case, or None."""
        found = (item for item in self.datasets() if item["name"].casefold() == name.casefold())
        return next(found, None)

    def dataset(self, name: str) -> Dataset:
        """Return the dataset with this name, whatever its case."""
        found = self.find_dataset(name)
        if found is None:
            raise ClickException(f"There is no dataset named {name}; `raglan datasets` lists them.")
        return found

    def create_dataset(self, **fields: object) -> Dataset:
        """Create a dataset and return it."""
        created: Dataset = self.call("POST", "/datasets", json=fields)
        return created

    def delete_dataset(self, dataset_id: str) -> None:
        """Delete a dataset with all its documents."""
        self.call("DELETE", "/datasets", json={"ids": [dataset_id]})

    def documents(self, dataset_id: str, **filters: object) -> list[Document]:
        """Return the documents of a dataset that pass the filters, newest first."""
        return list(self.pages(f"/datasets/{dataset_id}/documents", **filters))

    def upload(
        self,
        dataset_id: str,
        path: Path,
        on_sent: Callable[[int], object],
        metadata: Mapping[str, object],
    ) -> Document:
        """Upload one file, streamed, and return its document, which has the metadata.

        `on_sent` is told how many bytes of the file have left since it was told the last time.
        """
        with FileBody(path, on_sent, {"meta_fields": json.dumps(metadata)}) as body:
            documents: list[Document] = self.call(
                "POST", f"/datasets/{dataset_id}/documents", data=body, headers=body.headers
            )
        return documents[0]

    def add_chunks(self, dataset_id: str, document_id: str, key: str, lines: bytes) -> int:
        """Add chunks to a document, each a JSON object in a line; return how many these are.

        With the same `key` it is done once.
        """
        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": key}
        path = f"/datasets/{dataset_id}/documents/{document_id}/chunks/batch"
        return int(self.call("POST", path, data=lines, headers=headers)["added"])

    def parse(
        self, dataset_id: str, document_ids: list[str], *, discard_edits: bool = False
    ) -> None:
        """Start to parse documents; keep or discard what people have changed in chunks."""
        body = {"document_ids": document_ids, "discard_edits": discard_edits}
        self.call("POST", f"/datasets/{dataset_id}/chunks", json=body)

    def delete_documents(self, dataset_id: str, document_ids: list[str]) -> None:
        """Delete documents with their chunks."""
        self.call("DELETE", f"/datasets/{dataset_id}/documents", json={"ids": document_ids})

    def rename_document(self, dataset_id: str, document_id: str, name: str) -> Document:
        """Rename a document and return it."""
        return self.change_document(dataset_id, document_id, name=name)

    def describe(
        self, dataset_id: str, document_id: str, metadata: Mapping[str, object]
    ) -> Document:
        """Replace the metadata of a document and return it."""
        return self.change_document(dataset_id, document_id, meta_fields=metadata)

    def change_document(self, dataset_id: str, document_id: str, **fields: object) -> Document:
        """Change fields of a document and return it."""
        path = f"/datasets/{dataset_id}/documents/{document_id}"
        changed: Document = self.call("PUT", path, json=fields)
        return changed

    def retrieve(self, question: str, dataset_ids: list[str], size: int) -> Found:
        """Return the passages that fit a question best."""
        body = {"question": question, "dataset_ids": dataset_ids, "page_size": size}
        found: Found = self.call("POST", "/retrieval", json=body)
        return found

    def chat(self, name: str, dataset_ids: list[str]) -> str:
        """Return the id of the assistant with this name, which reads just these datasets."""
        body = {"name": name, "dataset_ids": dataset_ids}
        found = self.find_chat(name)
        if not found:
            try:
                return str(self.call("POST", "/chats", json=body)["id"])
            except ClickException:
                found = self.find_chat(name)  # somebody else has just made it
                if not found:
                    raise
        self.call("PATCH", f"/chats/{found}", json=body)
        return found

    def find_chat(self, name: str) -> str:
        """Return the id of the assistant with this name; empty if there is none."""
        return next((chat["id"] for chat in self.pages("/chats") if chat["name"] == name), "")

    def answer(self, chat_id: str, question: str) -> Iterator[Answer]:
        """Ask in a new session; yield the answer so far with its references as it grows."""
        yield from self.answer_in(chat_id, self.session_of(chat_id, question), question)

    def session_of(self, chat_id: str, question: str) -> str:
        """Return the id of a new session, which has its first question as its name."""
        path = f"/chats/{chat_id}/sessions"
        return str(self.call("POST", path, json={"name": question[:80]})["id"])

    def answer_in(self, chat_id: str, session_id: str, question: str) -> Iterator[Answer]:
        """Ask in a session; yield the answer so far with its references as it grows."""
        asked = {"question": question, "session_id": session_id}
        body = {**asked, "stream": True, "legacy": True}  # each event has all so far
        path = f"/chats/{chat_id}/completions"
        with self.send("POST", path, json=body, stream=True) as response:
            yield from self.answer_events(response)

    def answer_events(self, response: requests.Response) -> Iterator[Answer]:
        """Yield the data of each event of an answer until the event that ends it."""
        if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
            self.opened(response)
        try:
            for line in response.iter_lines():
                if line.startswith(b"data:"):
                    data = self.event_data(line.removeprefix(b"data:"))
                    if data is True:
                        return
                    yield data
        except requests.RequestException as error:
            raise NoAccessError("The server broke off its answer. Ask again.") from error
        raise NoAccessError("The server ended its answer too early. Ask again.")

    def event_data(self, text: bytes) -> Any:
        """Return the data of an event; raises ClickException unless its code is 0."""
        try:
            event = json.loads(text)
            code, data = event["code"], event.get("data")
        except (ValueError, LookupError, TypeError) as error:
            raise self.another_server() from error
        if code != 0:
            raise ClickException(event.get("message") or "The answer broke off.")
        return data

    def pages(self, path: str, **query: object) -> Iterator[Any]:
        """Yield every item of a list, page by page."""
        page = 1
        while True:
            items = self.page(path, page, query)
            yield from items
            if len(items) < self.page_size:
                return
            page += 1

    def page(self, path: str, page: int, query: Mapping[str, object]) -> list[Any]:
        """Return a page of a list, which has a shorter form where a long one is refused."""
        params = {**query, "page": page, "page_size": self.page_size}
        try:
            data = self.call("GET", path, params=params)
        except NoAccessError:
            raise
        except ClickException:
            if page > 1 or self.page_size == SHORT_PAGE:
                raise
            self.page_size = SHORT_PAGE
            return self.page(path, page, query)
        return data if isinstance(data, list) else data.get("docs", data.get("chats"))

    def call(self, method: str, path: str, **request: Any) -> Any:
        """Send a request and return the data of the envelope."""
        return self.opened(self.send(method, path, **request)).get("data")

    def send(self, method: str, path: str, **request: Any) -> requests.Response:
        """Send a request to a path under /api/v1."""
        try:
            return self.session.request(
                method, f"{self.url}/api/v1{path}", timeout=TIMEOUT, **request
            )
        except requests.exceptions.SSLError as error:
            raise NoAccessError(f"{self.url} cannot be trusted: {error}.") from error
        except requests.ConnectionError as error:
            raise NoAccessError(
                f"No server answers at {self.url}. Start it with ./entrypoint.sh, or name another "
                "with --url."
            ) from error
        except requests.Timeout as error:
            raise NoAccessError(f"The server at {self.url} did not answer in time.") from error
        except requests.RequestException as error:
            raise NoAccessError(f"{self.url} is no address of a server: {error}.") from error

    def opened(self, response: requests.Response) -> Envelope:
        """Return the envelope of a response; raises ClickException unless its code is 0."""
        try:
            envelope: Envelope = response.json()
            code, message = envelope["code"], envelope.get("message")
        except (ValueError, LookupError, TypeError) as error:
            raise self.another_server() from error
        if code in AUTHENTICATION:
            raise NoAccessError(f"{message} {self.refused}")
        if code != 0:
            raise ClickException(str(message or envelope))
        return envelope

    def another_server(self) -> NoAccessError:
        """Return the error for what no Raglan server answers."""
        return NoAccessError(f"{self.url} answers, but not as a Raglan server does. Check --url.")


def is_local(url: str) -> bool:
    """Return whether an address is one of this machine; raises NoAccessError if it is none."""
    try:
        return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
    except ValueError as error:
        raise NoAccessError(f"{url} is no address of a server: {error}.") from error


def bearer(key: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Return what signs requests with a key; nothing else may, such as ~/.netrc."""
    value = key.strip()
    if not value.isascii() or not value.isprintable():
        raise ClickException("The API key holds characters that no key has.")

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {value}"
        return request

    return sign
