"""`raglan ingest`."""

from pathlib import Path

import click

from api.cli.access import Access
from api.cli.answers import Dataset, Document
from api.cli.client import Client
from api.cli.files import find_files, plan
from api.cli.ingesting import Ingestion
from api.cli.output import counted, one_line, print_json, say
from api.cli.program import RemoteCommand
from api.cli.progress import last_line
from api.db.models.states import RunState
from api.signals import INTERRUPTED
from rag.chunking.registry import implemented_methods

METHODS = sorted(implemented_methods())


class InterruptedIngestError(click.ClickException):
    """Ctrl-C while files were brought in."""

    exit_code = INTERRUPTED


@click.command(cls=RemoteCommand)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dataset", required=True, help="Its name; it is made when there is none.")
@click.option(
    "--chunk-method",
    type=click.Choice(METHODS),
    metavar="METHOD",
    help=f"How a new dataset cuts its documents: {', '.join(METHODS)} (default: naive).",
)
@click.option(
    "--source",
    default="",
    help="What the folder is known by on later runs, wherever it is then (default: its path).",
)
@click.option("--again", is_flag=True, help="Parse the documents that are there once more.")
@click.option(
    "--replace", is_flag=True, help="Delete the older documents of files that have changed."
)
@click.option("--no-wait", is_flag=True, help="Do not wait until the documents are parsed.")
@click.pass_obj
def ingest(
    access: Access,
    paths: tuple[Path, ...],
    dataset: str,
    chunk_method: str | None,
    source: str,
    *,
    again: bool,
    replace: bool,
    no_wait: bool,
) -> None:
    """Upload files and folders into a dataset.

    They are uploaded, and parsed by the server's workers. A file that the dataset has already is
    not uploaded again; it is known by its place and its content. One that has changed becomes a
    further document, and with --replace the older ones of that file, but of no other with its
    name, are deleted as soon as the new one can be searched. Hidden files in folders are left out.
    Ends with status 1 when a file was refused or could not be parsed.
    """
    if replace and no_wait:
        raise click.UsageError("--replace has to wait for the parsing: leave out --no-wait.")
    if source and len(paths) > 1:
        raise click.UsageError("--source names one folder: ingest the others by themselves.")
    files = find_files(paths, source.strip())
    if not files:
        where = ", ".join(map(str, paths))
        raise click.ClickException(f"There are no files in {where}: name another folder or file.")
    found = dataset_for(access.client, dataset, chunk_method)
    known = access.client.documents(found["id"])
    ingestion = Ingestion(access.client, found["id"], plan(files, known))
    try:
        carry_out(ingestion, again=again, replace=replace, wait=not no_wait)
    except KeyboardInterrupt as error:
        raise InterruptedIngestError(
            "Interrupted. What was uploaded stays; the same command again goes on from there."
        ) from error
    if access.as_json:
        print_report(found, ingestion)
    else:
        print_result(found, ingestion)
    if ingestion.refused or ingestion.failed:
        click.get_current_context().exit(1)


def dataset_for(client: Client, name: str, method: str | None) -> Dataset:
    """Return the dataset of this name, made when there is none."""
    found = client.find_dataset(name)
    if found is None:
        chosen = {"chunk_method": method} if method else {}
        return client.create_dataset(name=name, **chosen)
    if method not in {None, found["chunk_method"]}:
        raise click.ClickException(
            f"The dataset {found['name']} cuts its documents by {found['chunk_method']}: leave out "
            "--chunk-method, or name another dataset."
        )
    return found


def carry_out(ingestion: Ingestion, *, again: bool, replace: bool, wait: bool) -> None:
    """Upload, have parsed, and wait for it, as far as that is wanted."""
    ingestion.upload()
    ingestion.adopt()
    ingestion.parse_kept(again=again)
    if wait:
        ingestion.watch()
    else:
        ingestion.refresh()
    if replace:
        ingestion.replace()


def print_report(dataset: Dataset, ingestion: Ingestion, **further: object) -> None:
    """Print what came of everything as JSON, and what else was done."""
    refused = [{"file": str(found.file), "message": why} for found, why in ingestion.refused]
    documents = list(ingestion.documents.values())
    told = {"dataset_id": dataset["id"], "documents": documents, "refused": refused}
    print_json(told | further)


def print_result(dataset: Dataset, ingestion: Ingestion) -> None:
    """Print what came of everything as text: what went wrong as messages, the rest as result."""
    for found, why in ingestion.refused:
        say(f"refused   {found.file}: {why}", err=True)
    for item in ingestion.failed:
        say(f"failed    {one_line(item['name'])}: {reason(item)}", err=True)
    for file, older, newer in ingestion.changed():
        names = [item["name"] for item in older]
        if file not in ingestion.replaced:
            say(
                f"changed   {file.file} is {newer['name']} now, beside the older "
                f"{', '.join(names)}, which --replace would delete.",
                err=True,
            )
    say(f"{summary(ingestion)} in {dataset['name']}.")


def summary(ingestion: Ingestion) -> str:
    """Return how many documents there are to search, and how many are yet to come."""
    done = [item for item in ingestion.documents.values() if item["run"] == RunState.DONE]
    coming = len(ingestion.documents) - len(done) - len(ingestion.failed)
    chunks = counted(sum(item["chunk_count"] for item in done), "chunk")
    text = f"{counted(len(done), 'document')} with {chunks}"
    return f"{text}, and {coming} being parsed," if coming else text


def reason(document: Document) -> str:
    """Return why a document cannot be searched."""
    if document["run"] == RunState.CANCEL:
        return "its parsing was stopped."
    return last_line(document["progress_msg"])
