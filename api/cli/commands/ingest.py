"""`raglan ingest`."""

import sys
from pathlib import Path

import click

from api.cli.access import Access
from api.cli.output import print_json
from api.cli.uploading import dataset_for, find_files, upload_files, watch


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dataset", required=True, help="The dataset's name; it is made when missing.")
@click.option("--chunk-method", help="How a new dataset cuts its documents (default: naive).")
@click.option("--again", is_flag=True, help="Parse what is there already once more.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the documents are parsed.")
@click.pass_obj
def ingest(
    access: Access,
    paths: tuple[Path, ...],
    dataset: str,
    chunk_method: str | None,
    *,
    again: bool,
    no_wait: bool,
) -> None:
    """Upload files and folders to a dataset and have them parsed.

    A file that the dataset has already, by name and size, is not uploaded again. Ends with
    status 1 when a file was refused or could not be parsed.
    """
    client = access.client
    found = dataset_for(client, dataset, chunk_method)
    documents, refused = upload_files(client, found["id"], list(find_files(paths)))
    todo = {
        item["id"] for item in documents if again or item["run"] in {"UNSTART", "FAIL", "CANCEL"}
    }
    if todo:
        client.parse(found["id"], sorted(todo))
    ids = {item["id"] for item in documents}
    done = documents if no_wait else watch(client, found["id"], ids)
    failed = [item for item in done if item["run"] in {"FAIL", "CANCEL"}]
    if access.as_json:
        refusals = [{"file": str(path), "message": why} for path, why in refused]
        print_json({"dataset_id": found["id"], "documents": done, "refused": refusals})
    else:
        for path, why in refused:
            click.echo(f"refused  {path}: {why}", err=True)
        for item in failed:
            click.echo(f"{item['run'].lower():7}  {item['name']}: {reason(item)}", err=True)
        chunks = sum(item["chunk_count"] for item in done)
        good = len(done) - len(failed)
        click.echo(f"{good} documents with {chunks} chunks in {found['name']}.")
    if refused or failed:
        sys.exit(1)


def reason(document: dict[str, str]) -> str:
    """Return the last line of what a document's run reported."""
    return document["progress_msg"].strip().splitlines()[-1] if document["progress_msg"] else ""
