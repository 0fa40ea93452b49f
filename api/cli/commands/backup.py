"""`raglan backup` and `raglan restore`."""

import os
import shutil
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click
from tqdm import tqdm

from api.cli.access import NO_SERVER, Access
from api.cli.archive import DATABASE, FILES, SECRET, read_archive, write_archive
from api.cli.confirming import agree, yes_option
from api.cli.migrations import apply_migrations
from api.cli.output import amount, counted, is_terminal, print_json, say
from api.cli.program import Command
from api.cli.reindexing import reindexed
from api.config.settings import masked_value
from api.datafolder import lock_folder

ELSEWHERE = (
    "The database is {}: back it up by its own means (pg_dump, mariadb-dump), and then the files in"
    " {}. docs/operations.md has the order."
)


@click.command(cls=Command)
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@yes_option
@click.pass_obj
def backup(access: Access, target: Path, *, yes: bool) -> None:
    """Write all that must not be lost into one file, TARGET.

    It is a tar of the database, the uploaded files and the secret key; the server may run
    meanwhile. Whoever has the file has all documents and keys: it can be read by its owner only.
    """
    check_places(access)
    if not (access.settings.data_path / DATABASE).is_file():
        raise click.ClickException(NO_SERVER)
    if target.exists():
        agree(f"Replace {target}?", yes=yes, done="written")
    files = files_of(access)
    with Progress() as progress:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        made = write_archive(
            target, access.settings.data_path, files, version("raglan"), created, progress.show
        )
    size = target.stat().st_size
    if access.as_json:
        print_json({"file": str(target), "files": made.files, "size": size})
    else:
        say(f"{target} has the database and {counted(made.files, 'file')}: {amount(size)}.")
        if files is None:
            say(
                f"The documents' files are not in it: they are in {shown_storage(access)}.",
                err=True,
            )


@click.command(cls=Command)
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(access: Access, source: Path) -> None:
    """Bring back what is in a backup, SOURCE.

    The server must not run, and its data folder must be empty. The search index is made anew.
    """
    check_places(access)
    data = access.settings.data_path
    access.prepare_folder()
    lock = lock_folder(data)
    try:
        refuse_to_overwrite(access)
        with tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as work, Progress() as bar:
            made = read_archive(source, Path(work), bar.show)
            put_in_place(Path(work), data, files_of(access))
        apply_migrations(access)
        with Progress() as bar:
            chunks = reindexed(access, None, lambda done, total: bar.show("index", done, total))
    finally:
        os.close(lock)
    if access.as_json:
        print_json({"created": made.created, "files": made.files, "chunks": chunks})
    else:
        what = f"{counted(made.files, 'file')} and {counted(chunks, 'chunk')}"
        say(f"{data} is as it was at {made.created}, with {what}.")


def check_places(access: Access) -> None:
    """Raise ClickException where the database is none of Raglan's own."""
    settings = access.settings
    if settings.database.url.get_secret_value():
        raise click.ClickException(
            ELSEWHERE.format(settings.database_url.partition(":")[0], shown_storage(access))
        )


def files_of(access: Access) -> Path | None:
    """Return the folder of the files; None where they are in a store of their own."""
    settings = access.settings
    return None if settings.storage.url.get_secret_value() else settings.data_path / FILES


def shown_storage(access: Access) -> str:
    """Return where the files are, without secrets."""
    return str(masked_value(access.settings.storage_url))


def refuse_to_overwrite(access: Access) -> None:
    """Raise ClickException where the data folder has something already."""
    data = access.settings.data_path
    there = [name for name in (DATABASE, FILES, SECRET) if (data / name).exists()]
    if there:
        raise click.ClickException(
            f"{data} has {' and '.join(there)} already: move the folder away, or choose another"
            " with RAGLAN_DATA_DIR."
        )


def put_in_place(work: Path, data: Path, files: Path | None) -> None:
    """Move what was unpacked to where the server looks for it, the database last."""
    for name in (FILES, SECRET, DATABASE):
        if (work / name).exists() and (name != FILES or files is not None):
            shutil.move(work / name, data / name)


class Progress:
    """A bar for each part that is copied; none unless somebody looks on."""

    def __init__(self) -> None:
        """Initialize without a bar."""
        self.bar: Any = None
        self.part = ""

    def __enter__(self) -> Self:
        """Return the bars."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Close the bar that is open."""
        if self.bar is not None:
            self.bar.close()

    def show(self, part: str, done: int, total: int) -> None:
        """Draw how much of a part is done."""
        if part != self.part or self.bar is None:
            if self.bar is not None:
                self.bar.close()
            self.part = part
            self.bar = tqdm(desc=part, total=total, disable=not is_terminal())
        self.bar.total = total
        self.bar.update(done - self.bar.n)
