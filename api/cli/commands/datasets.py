"""`raglan datasets`."""

import click

from api.cli.access import Access
from api.cli.commands.ingest import METHODS
from api.cli.confirming import agree, yes_option
from api.cli.output import counted, print_json, say, shown
from api.cli.program import RemoteGroup

FIELDS = ("name", "document_count", "chunk_count", "chunk_method", "embedding_model", "id")


@click.group(cls=RemoteGroup, invoke_without_command=True)
@click.pass_context
def datasets(context: click.Context) -> None:
    """List, create and delete datasets.

    Without a further word they are listed.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_datasets)


@datasets.command("list")
@click.pass_obj
def list_datasets(access: Access) -> None:
    """List all datasets."""
    found = access.client.datasets()
    shown(found, FIELDS, as_json=access.as_json)
    if not found:
        say("None yet: `raglan ingest FOLDER --dataset NAME` makes one.", err=True)


@datasets.command()
@click.argument("name")
@click.option(
    "--chunk-method",
    type=click.Choice(METHODS),
    default="naive",
    show_default=True,
    metavar="METHOD",
    help=f"How documents are cut: {', '.join(METHODS)}.",
)
@click.option("--embedding-model", help="As model@provider (default: the server's).")
@click.pass_obj
def create(access: Access, name: str, chunk_method: str, embedding_model: str | None) -> None:
    """Create a dataset."""
    if access.client.find_dataset(name) is not None:
        raise click.ClickException(f"There is a dataset named {name} already.")
    chosen = {"embedding_model": embedding_model} if embedding_model else {}
    created = access.client.create_dataset(name=name, chunk_method=chunk_method, **chosen)
    shown([created], FIELDS, as_json=access.as_json)


@datasets.command()
@click.argument("name")
@yes_option
@click.pass_obj
def delete(access: Access, name: str, *, yes: bool) -> None:
    """Delete a dataset with all its documents."""
    dataset = access.client.dataset(name)
    what = counted(dataset["document_count"], "document")
    agree(f"Delete the dataset {dataset['name']} with {what}?", yes=yes)
    access.client.delete_dataset(dataset["id"])
    if access.as_json:
        print_json({"deleted": dataset["id"]})
    else:
        say(f"Deleted {dataset['name']}.")
