"""The REST client of the command line: one method an operation, errors as sentences."""

import json
import mimetypes
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from click import ClickException

BLOCK = 256 << 10
TIMEOUT = (5, 300)
PAGE_SIZE = 1024


class Client:
    """Calls the REST API of the server at `url` with an API key.

    Every method raises ClickException with the server's own message when a call fails.
    """

    def __init__(self, url: str, key: str) -> None:
        """Remember the address; nothing is sent yet."""
        self.url = url.rstrip("/")
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def datasets(self) -> list[dict[str, Any]]:
        """Return all datasets, newest first."""
        return list(self.pages("/datasets"))

    def dataset(self, name: str) -> dict[str, Any]:
        """Return the dataset with exactly this name."""
        for dataset in self.datasets():
            if dataset["name"].casefold() == name.casefold():
                return dataset
        raise ClickException(f"There is no dataset named {name}; `raglan datasets` lists them.")

    def create_dataset(self, **fields: object) -> dict[str, Any]:
        """Create a dataset and return it."""
        created: dict[str, Any] = self.call("POST", "/datasets", json=fields)
        return created

    def delete_dataset(self, dataset_id: str) -> None:
        """Delete a dataset with all its documents."""
        self.call("DELETE", "/datasets", json={"ids": [dataset_id]})

    def documents(self, dataset_id: str, **filters: object) -> list[dict[str, Any]]:
        """Return the documents of a dataset that pass the filters, newest first."""
        return list(self.pages(f"/datasets/{dataset_id}/documents", **filters))

    def upload(self, dataset_id: str, path: Path) -> dict[str, Any]:
        """Upload one file, streamed, and return its document."""
        boundary = uuid.uuid4().hex
        head, tail = multipart_frame(path.name, boundary)
        documents: list[dict[str, Any]] = self.call(
            "POST",
            f"/datasets/{dataset_id}/documents",
            data=SizedStream(path, head, tail),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
        return documents[0]

    def parse(self, dataset_id: str, document_ids: list[str]) -> None:
        """Have documents parsed."""
        body = {"document_ids": document_ids}
        self.call("POST", f"/datasets/{dataset_id}/chunks", json=body)

    def delete_documents(self, dataset_id: str, document_ids: list[str]) -> None:
        """Delete documents with their chunks."""
        self.call("DELETE", f"/datasets/{dataset_id}/documents", json={"ids": document_ids})

    def retrieve(self, question: str, dataset_ids: list[str], size: int) -> dict[str, Any]:
        """Return the passages that fit a question best."""
        body = {"question": question, "dataset_ids": dataset_ids, "page_size": size}
        found: dict[str, Any] = self.call("POST", "/retrieval", json=body)
        return found

    def chat(self, name: str, dataset_ids: list[str]) -> str:
        """Return the id of the assistant with this name that reads just these datasets."""
        body = {"name": name, "dataset_ids": dataset_ids}
        for chat in self.pages("/chats"):
            if chat["name"] == name:
                self.call("PUT", f"/chats/{chat['id']}", json=body)
                return str(chat["id"])
        return str(self.call("POST", "/chats", json=body)["id"])

    def answer(self, chat_id: str, question: str) -> Iterator[dict[str, Any]]:
        """Ask in a new session; yield the answer so far with its references as it grows."""
        session = self.call("POST", f"/chats/{chat_id}/sessions", json={"name": question[:80]})
        body = {"question": question, "session_id": session["id"], "stream": True}
        path = f"/chats/{chat_id}/completions"
        with self.send("POST", path, json=body, stream=True) as response:
            yield from answer_events(response)

    def pages(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """Yield every item of a list, page by page."""
        page = 1
        while True:
            data = self.call("GET", path, params={**query, "page": page, "page_size": PAGE_SIZE})
            items = data if isinstance(data, list) else data["docs"]
            yield from items
            if len(items) < PAGE_SIZE:
                return
            page += 1

    def call(self, method: str, path: str, **request: Any) -> Any:
        """Send a request and return the data of the envelope."""
        return opened(self.send(method, path, **request)).get("data")

    def send(self, method: str, path: str, **request: Any) -> requests.Response:
        """Send a request to a path under /api/v1."""
        try:
            return self.session.request(
                method, f"{self.url}/api/v1{path}", timeout=TIMEOUT, **request
            )
        except requests.ConnectionError as error:
            raise ClickException(
                f"No server answers at {self.url}. Is ./entrypoint.sh running?"
            ) from error
        except requests.Timeout as error:
            raise ClickException(f"The server at {self.url} did not answer in time.") from error


def opened(response: requests.Response) -> dict[str, Any]:
    """Return the envelope of a response; raises ClickException unless its code is 0."""
    try:
        envelope: dict[str, Any] = response.json()
    except ValueError as error:
        raise ClickException(
            f"{response.url} answered {response.status_code} without JSON: is it a Raglan server?"
        ) from error
    if envelope.get("code") != 0:
        raise ClickException(str(envelope.get("message") or envelope))
    return envelope


def answer_events(response: requests.Response) -> Iterator[dict[str, Any]]:
    """Yield the data of each event of an answer until the event that ends it."""
    if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
        opened(response)
        return
    for line in response.iter_lines():
        if not line.startswith(b"data:"):
            continue
        event = json.loads(line.removeprefix(b"data:"))
        if event["code"] != 0:
            raise ClickException(event.get("message") or "The answer broke off.")
        if event["data"] is True:
            return
        yield event["data"]


def multipart_frame(file_name: str, boundary: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the one file of a multipart body."""
    kind = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
    quoted = file_name.replace("\\", "\\\\").replace('"', '\\"')
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    return head.encode(), f"\r\n--{boundary}--\r\n".encode()


class SizedStream:
    """A request body of known length that is read from a file while it is sent."""

    def __init__(self, path: Path, head: bytes, tail: bytes) -> None:
        """Remember the file; it is opened when the body is sent."""
        self.path = path
        self.head = head
        self.tail = tail

    def __len__(self) -> int:
        """Return the length in bytes."""
        return len(self.head) + self.path.stat().st_size + len(self.tail)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body in blocks."""
        yield self.head
        with self.path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
        yield self.tail
