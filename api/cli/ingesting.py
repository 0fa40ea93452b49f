"""Bringing files in: uploading them, watching their parsing, and what becomes of older versions."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from click import ClickException

from api.cli.answers import Document
from api.cli.client import Client, NoAccessError
from api.cli.files import Found, Plan, is_supported, size_of
from api.cli.progress import ParseProgress, UploadProgress
from api.db.models.states import RunState

PARSED_AT_ONCE = 20
"""After so many uploads the workers get something to do."""

POLL_SECONDS = 0.3
SHARE = 4
"""A look at the server that took long is followed by a wait of so many times as long."""

FINISHED = {RunState.DONE, RunState.FAIL, RunState.CANCEL}
BAD = {RunState.FAIL, RunState.CANCEL}
TO_PARSE = {RunState.UNSTART, *BAD}


@dataclass(slots=True)
class Ingestion:
    """Files on their way into a dataset.

    `documents` has what they became, by id; `uploaded` the ids of those that are new, by file;
    `refused` the files that became nothing, and why; `replaced` those whose older documents are
    deleted.
    """

    client: Client
    dataset_id: str
    plan: Plan
    documents: dict[str, Document] = field(default_factory=dict)
    uploaded: dict[Found, str] = field(default_factory=dict)
    refused: list[tuple[Found, str]] = field(default_factory=list)
    replaced: set[Found] = field(default_factory=set)

    @property
    def failed(self) -> list[Document]:
        """Return the documents that cannot be searched."""
        return [item for item in self.documents.values() if item["run"] in BAD]

    def upload(self) -> None:
        """Upload the new files; the first are parsed while the last are still on their way."""
        waiting: list[str] = []
        for document in self.uploads(list(self.supported())):
            waiting.append(document["id"])
            if len(waiting) == PARSED_AT_ONCE:
                self.parse(waiting)
                waiting = []
        self.parse(waiting)

    def supported(self) -> Iterator[Found]:
        """Yield the new files that can be parsed, and refuse the others before they travel."""
        for file in self.plan.new:
            if file.file.is_dir():
                self.refused.append((file, "it cannot be read: Permission denied."))
            elif is_supported(file.file):
                yield file
            else:
                self.refused.append((file, "files of this type are not supported."))

    def uploads(self, files: Sequence[Found]) -> Iterator[Document]:
        """Upload files and yield their documents."""
        sizes = [size_of(file.file) for file in files]
        with UploadProgress(sum(sizes)) as progress:
            for file, size in zip(files, sizes, strict=True):
                progress.begin(file.file, size)
                try:
                    document = self.client.upload(
                        self.dataset_id, file.file, progress.sent, self.metadata(file)
                    )
                except NoAccessError:
                    raise
                except ClickException as error:
                    self.refused.append((file, error.message))
                else:
                    progress.uploaded(file.file, document["size"])
                    self.uploaded[file] = document["id"]
                    yield document

    def metadata(self, file: Found) -> dict[str, object]:
        """Return what a new document says of its file, and all that an older one of it has said."""
        older = self.plan.older.get(file)
        return dict(older[0]["meta_fields"]) if older else dict(file.metadata)

    def adopt(self) -> None:
        """Record where the files of documents are, where that was not recorded or has changed."""
        for file in self.plan.adopted:
            document = self.plan.kept[file]
            fields = {**(document.get("meta_fields") or {}), **file.metadata}
            self.plan.kept[file] = self.client.describe(self.dataset_id, document["id"], fields)

    def parse_kept(self, *, again: bool) -> None:
        """Start to parse documents that were there before but are not searchable, or all."""
        wanted = TO_PARSE | ({RunState.DONE} if again else set())
        kept = self.plan.kept.values()
        self.documents |= {item["id"]: item for item in kept}
        self.parse([item["id"] for item in kept if item["run"] in wanted])

    def parse(self, ids: Sequence[str]) -> None:
        """Start to parse documents."""
        if ids:
            self.client.parse(self.dataset_id, list(ids))

    def watch(self) -> None:
        """Show the progress of all documents until they are finished."""
        watched = {*self.documents, *self.uploaded.values()}
        if not watched:
            return
        with ParseProgress(len(watched)) as progress:
            while running := self.running(watched, progress):
                wait_after(running)
        self.refresh()

    def running(self, watched: set[str], progress: ParseProgress) -> float:
        """Show how far documents are; return the seconds that looking took, 0 if all are finished.

        While a list is read page by page, a document can slip from one page to another: only
        when none seems to run are all looked at.
        """
        begun = time.monotonic()
        found = self.client.documents(self.dataset_id, run=RunState.RUNNING)
        left = [item for item in found if item["id"] in watched]
        progress.show(left)
        if not left:
            everything = self.client.documents(self.dataset_id)
            left = [
                item for item in everything if item["id"] in watched and item["run"] not in FINISHED
            ]
        return time.monotonic() - begun if left else 0

    def refresh(self) -> None:
        """Read the state of all documents again; those that somebody deleted are left out."""
        watched = {*self.documents, *self.uploaded.values()}
        found = self.client.documents(self.dataset_id)
        self.documents = {item["id"]: item for item in found if item["id"] in watched}

    def changed(self) -> Iterator[tuple[Found, list[Document], Document]]:
        """Yield the files that have changed, each with its older documents and its newer one."""
        for file, older in self.plan.older.items():
            kept = self.plan.kept.get(file)
            newer = self.documents.get(kept["id"] if kept else self.uploaded.get(file, ""))
            if newer is not None:
                yield file, older, newer

    def replace(self) -> None:
        """Delete the older documents of files that have changed, where the new can be searched."""
        for file, older, newer in list(self.changed()):
            if newer["run"] == RunState.DONE:
                name = min((item["name"] for item in [*older, newer]), key=len)
                self.client.delete_documents(self.dataset_id, [item["id"] for item in older])
                if name != newer["name"]:
                    self.client.rename_document(self.dataset_id, newer["id"], name)
                self.documents[newer["id"]] = {**newer, "name": name}
                self.replaced.add(file)


def wait_after(seconds: float) -> None:
    """Wait before the next look at the server, the longer the longer the last one took."""
    time.sleep(max(POLL_SECONDS, SHARE * seconds))
