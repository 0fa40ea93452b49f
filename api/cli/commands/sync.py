"""`raglan sync`."""

import time
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import click

from api.cli.access import Access
from api.cli.answers import Document
from api.cli.client import Client, NoAccessError
from api.cli.commands.ingest import (
    InterruptedIngestError,
    carry_out,
    dataset_for,
    print_report,
    print_result,
)
from api.cli.files import FOLDER, PATH, Found, find_files, is_supported, plan, readable
from api.cli.ingesting import Ingestion
from api.cli.output import counted, print_json, say
from api.cli.program import RemoteCommand
from api.db.models.states import RunState

DELETED_AT_ONCE = 100

State = dict[str, tuple[int, int]]
"""The files of a folder by their path, each with its size and when it was changed, in ns."""


@click.command(cls=RemoteCommand)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dataset", required=True, help="Its name; it is made when there is none.")
@click.option(
    "--source",
    default="",
    help="What the folder is known by on later runs, wherever it is then (default: its path).",
)
@click.option("--delete", is_flag=True, help="Delete documents whose files are gone.")
@click.option(
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    help="Leave out what fits, such as '*.log' or 'drafts/*'; may be given several times.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--watch",
    type=click.FloatRange(0.1),
    is_flag=False,
    flag_value=5.0,
    metavar="[SECONDS]",
    help="Go on, look that often (5), and bring in what changes, until Ctrl-C.",
)
@click.pass_obj
def sync(
    access: Access,
    folder: Path,
    dataset: str,
    *,
    source: str,
    delete: bool,
    exclude: tuple[str, ...],
    dry_run: bool,
    watch: float | None,
) -> None:
    """Make a dataset hold what a folder holds.

    New files are uploaded; changed ones replace their older documents as soon as they can be
    searched. With --delete the documents of files that are gone, or left out, are deleted; never
    those that came from elsewhere. What was interrupted goes on with the same command.
    """
    if watch and (dry_run or access.as_json):
        raise click.UsageError("--watch goes on for ever: leave out --dry-run and --json.")
    work = Sync(access.client, folder, source.strip(), exclude, delete=delete)
    if dry_run:
        work.foretell(access, dataset)
        return
    try:
        ok = work.run(access, dataset)
        while watch:
            work.wait_for_change(watch)
            work.try_again(lambda: work.run(access, dataset))
    except KeyboardInterrupt as error:
        raise InterruptedIngestError(
            "Interrupted. What was uploaded stays; the same command again goes on from there."
        ) from error
    if not ok:
        click.get_current_context().exit(1)


class Sync:
    """A folder, and what of it belongs into a dataset."""

    def __init__(
        self, client: Client, folder: Path, source: str, exclude: Sequence[str], *, delete: bool
    ) -> None:
        """Initialize with the folder; `source` is the name it is known by, empty for its path."""
        self.client = client
        self.folder = folder
        self.known_as = source or readable(folder.resolve())
        self.exclude = exclude
        self.delete = delete
        self.seen: State = {}

    def files(self) -> list[Found]:
        """Return the files that belong into the dataset, and remember how they are."""
        found = [
            item
            for item in find_files([self.folder], self.known_as)
            if not is_left_out(item.path, self.exclude)
        ]
        self.seen = state_of(found)
        return found

    def run(self, access: Access, dataset: str) -> bool:
        """Bring everything in and delete what is gone; return whether all of it went well."""
        files = self.files()
        there = dataset_for(self.client, dataset, None)
        known = self.client.documents(there["id"])
        ingestion = Ingestion(self.client, there["id"], plan(files, known))
        carry_out(ingestion, again=False, replace=True, wait=True)
        gone = self.gone(known, files) if self.delete else []
        self.remove(there["id"], gone)
        if access.as_json:
            print_report(there, ingestion, deleted=[item["id"] for item in gone])
        else:
            print_result(there, ingestion)
            if gone:
                say(f"{counted(len(gone), 'document')} deleted, whose files are gone.")
        return not (ingestion.refused or ingestion.failed)

    def gone(self, documents: Iterable[Document], files: Sequence[Found]) -> list[Document]:
        """Return the documents that came from this folder and have no file in it any more.

        What cannot be looked into may still be there. Raises ClickException for a folder without
        any file, which is rather a drive that is not there than one that somebody has emptied.
        """
        there = {item.path for item in files}
        closed = tuple(f"{item.path}/" for item in files if item.file.is_dir())
        gone = [
            item
            for item in documents
            if (fields := item.get("meta_fields") or {}).get(FOLDER) == self.known_as
            and (path := str(fields.get(PATH))) not in there
            and not path.startswith(closed)
        ]
        if gone and not files:
            raise click.ClickException(
                f"There are no files in {self.folder}, so nothing was deleted: is a drive missing?"
                " `raglan documents delete` deletes documents by their names."
            )
        return gone

    def remove(self, dataset_id: str, documents: Sequence[Document]) -> None:
        """Delete documents."""
        ids = [item["id"] for item in documents]
        for begin in range(0, len(ids), DELETED_AT_ONCE):
            self.client.delete_documents(dataset_id, ids[begin : begin + DELETED_AT_ONCE])

    def foretell(self, access: Access, dataset: str) -> None:
        """Print what would be done."""
        files = self.files()
        there = self.client.find_dataset(dataset)
        known = self.client.documents(there["id"]) if there else []
        made = plan(files, known)
        steps = {
            "upload": [item.path for item in made.new if is_supported(item.file)],
            "refuse": [item.path for item in made.new if not is_supported(item.file)],
            "replace": [item["name"] for older in made.older.values() for item in older],
            "parse": [item["name"] for item in made.kept.values() if item["run"] != RunState.DONE],
            "delete": [item["name"] for item in self.gone(known, files)] if self.delete else [],
        }
        if access.as_json:
            print_json({**steps, "creates": None if there else dataset})
            return
        if not there:
            say(f"create    the dataset {dataset}")
        for verb, names in steps.items():
            for name in names:
                say(f"{verb:<8}  {name}")
        if there and not any(steps.values()):
            say("Nothing is to be done.")

    def wait_for_change(self, seconds: float) -> None:
        """Return when a file has come, gone or changed, and has been still for one look."""
        before = last = self.seen
        while True:
            time.sleep(seconds)
            now = self.look()
            if now != before and now == last:
                return
            last = now

    def look(self) -> State:
        """Return how the files are now."""
        kept = self.seen
        self.files()
        now, self.seen = self.seen, kept
        return now

    def try_again(self, run: Callable[[], bool]) -> None:
        """Run once more; a server that is away is told of, and asked again at the next look."""
        try:
            run()
        except (NoAccessError, click.ClickException) as error:
            say(f"raglan: {error.message}", err=True)
            self.seen = {}


def is_left_out(path: str, patterns: Sequence[str]) -> bool:
    """Return whether a path below the folder, or a folder above it, fits one of some patterns.

    A pattern without a slash is compared with each name, one with a slash with the whole path.
    """
    places = [path, *map(str, PurePosixPath(path).parents)]
    names = PurePosixPath(path).parts
    return any(
        any(fnmatch(place, pattern.rstrip("/")) for place in places)
        if "/" in pattern.rstrip("/")
        else any(fnmatch(name, pattern.rstrip("/")) for name in names)
        for pattern in patterns
    )


def state_of(files: Iterable[Found]) -> State:
    """Return how some files are; one that is gone by now is left out."""
    state: State = {}
    for item in files:
        try:
            told = item.file.stat()
        except OSError:
            continue
        state[item.path] = (told.st_size, told.st_mtime_ns)
    return state
