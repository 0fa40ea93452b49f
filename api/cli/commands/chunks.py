"""`raglan chunks`."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from api.cli.access import Access
from api.cli.client import Client
from api.cli.output import counted, is_terminal, print_json, say
from api.cli.program import RemoteGroup
from api.cli.progress import bar

LINES_AT_ONCE = 10_000
BYTES_AT_ONCE = 32 << 20


class Slice(NamedTuple):
    """Lines of a file that are sent at once; `number` is how many lines are before them."""

    number: int
    text: bytes


@click.group(cls=RemoteGroup)
def chunks() -> None:
    """Bring in chunks that are already cut."""


@chunks.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dataset", required=True, help="The dataset's name.")
@click.option(
    "--document", required=True, help="The document's name; it is made if it is not there."
)
@click.pass_obj
def import_(access: Access, file: Path, dataset: str, document: str) -> None:
    """Add the chunks of a file of JSON lines to a document.

    Each line is an object with `content` and, if you like, `id`, `important_keywords`,
    `questions`, `available`, `positions` and `vector`. Ten thousand are added at once, all of them
    or none; a line that cannot be added ends the import and is named. A file that is imported again
    within a day goes on where it ended.
    """
    client = access.client
    dataset_id = str(client.dataset(dataset)["id"])
    document_id = document_of(client, dataset_id, document)
    added = 0
    with bar("adding", file.stat().st_size, 0, disable=not is_terminal(), unit="B") as drawn:
        for part in slices(file):
            added += client.add_chunks(dataset_id, document_id, key_of(part), with_place(part))
            drawn.update(len(part.text))
    if access.as_json:
        print_json({"added": added, "dataset_id": dataset_id, "document_id": document_id})
    else:
        say(f"added {counted(added, 'chunk')} to {document}")


def document_of(client: Client, dataset_id: str, name: str) -> str:
    """Return the id of the document with a name or id, which is made if it is not there."""
    found = client.documents(dataset_id)
    known = {key: str(item["id"]) for item in found for key in (item["id"], item["name"])}
    if name in known:
        return known[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, Path(name).name)
        path.touch()
        return str(client.upload(dataset_id, path, int, {})["id"])


def slices(path: Path) -> Iterator[Slice]:
    """Yield the lines of a file, as many as are sent at once."""
    number, lines, size = 0, list[bytes](), 0
    with path.open("rb") as file:
        for line in file:
            lines.append(line)
            size += len(line)
            if len(lines) == LINES_AT_ONCE or size > BYTES_AT_ONCE:
                yield Slice(number, b"".join(lines))
                number, lines, size = number + len(lines), [], 0
    if lines:
        yield Slice(number, b"".join(lines))


def with_place(part: Slice) -> bytes:
    """Return lines behind as many blank ones as come before them, so that errors name them."""
    return b"\n" * part.number + part.text


def key_of(part: Slice) -> str:
    """Return what tells the server that it has these lines already."""
    return hashlib.sha256(part.text + str(part.number).encode()).hexdigest()
