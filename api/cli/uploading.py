"""Bringing files in: finding, uploading and watching them, with progress bars."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from api.cli.client import Client
from api.cli.output import is_terminal

POLL_SECONDS = 0.3
BARS = 6
FINISHED = {"DONE", "FAIL", "CANCEL"}
NAME_WIDTH = 32


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are named, and those in the folders that are, hidden ones left out."""
    for path in paths:
        if path.is_file():
            yield path
        else:
            inside = sorted(item for item in path.rglob("*") if item.is_file())
            yield from (item for item in inside if not hidden(item.relative_to(path)))


def hidden(path: Path) -> bool:
    """Tell whether a file or a folder above it begins with a dot."""
    return any(part.startswith(".") for part in path.parts)


def dataset_for(client: Client, name: str, method: str | None) -> dict[str, Any]:
    """Return the dataset of this name, made when there is none."""
    for dataset in client.datasets():
        if dataset["name"].casefold() == name.casefold():
            return dataset
    chosen = {"chunk_method": method} if method else {}
    return client.create_dataset(name=name, **chosen)


def upload_files(
    client: Client, dataset_id: str, files: list[Path]
) -> tuple[list[dict[str, Any]], list[tuple[Path, str]]]:
    """Upload what the dataset lacks; return the documents, and which files were refused and why.

    A file counts as had when a document has its name and size.
    """
    known = {(item["name"], item["size"]): item for item in client.documents(dataset_id)}
    documents: list[dict[str, Any]] = []
    refused: list[tuple[Path, str]] = []
    total = sum(file.stat().st_size for file in files)
    with tqdm(
        total=total, unit="B", unit_scale=True, desc="upload", disable=not is_terminal()
    ) as bar:
        for file in files:
            size = file.stat().st_size
            try:
                document = known.get((file.name, size)) or client.upload(dataset_id, file)
            except click.ClickException as error:
                refused.append((file, error.message))
            else:
                documents.append(document)
            bar.update(size)
    return documents, refused


def watch(client: Client, dataset_id: str, ids: set[str]) -> list[dict[str, Any]]:
    """Show the progress of documents until all are finished, and return them."""
    bars = ProgressBars(len(ids))
    try:
        while True:
            documents = [item for item in client.documents(dataset_id) if item["id"] in ids]
            bars.show(documents)
            if all(item["run"] in FINISHED for item in documents):
                return documents
            time.sleep(POLL_SECONDS)
    finally:
        bars.close()


class ProgressBars:
    """One bar over all documents, and one for each of a few that are being worked on."""

    def __init__(self, count: int) -> None:
        """Draw the bar over all; the others appear with their documents."""
        quiet = not is_terminal()
        self.all = tqdm(total=count, unit="file", desc="all", position=0, disable=quiet)
        self.lines = [
            tqdm(
                total=100,
                position=place,
                leave=False,
                disable=quiet,
                bar_format="  {desc} {percentage:3.0f}%|{bar}| {postfix}",
            )
            for place in range(1, BARS + 1)
        ]

    def show(self, documents: list[dict[str, Any]]) -> None:
        """Draw how far these documents are."""
        self.all.n = sum(item["run"] in FINISHED for item in documents)
        self.all.refresh()
        running = [item for item in documents if item["run"] not in FINISHED]
        running.sort(key=lambda item: -item["progress"])
        for bar, item in zip(self.lines, running, strict=False):
            bar.n = max(0, round(100 * item["progress"]))
            bar.set_description_str(item["name"][:NAME_WIDTH].ljust(NAME_WIDTH), refresh=False)
            bar.set_postfix_str(last_line(item["progress_msg"]), refresh=True)
        for bar in self.lines[len(running) :]:
            bar.clear()

    def close(self) -> None:
        """Leave the bar over all as it stands and take the others away."""
        for bar in reversed(self.lines):
            bar.close()
        self.all.close()


def last_line(text: str) -> str:
    """Return the newest line of a progress message, cut to fit."""
    lines = text.strip().splitlines()
    return lines[-1][:48] if lines else ""
