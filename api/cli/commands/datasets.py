"""`raglan datasets`."""

import click

from api.cli.access import Access
from api.cli.output import print_json, shown

FIELDS = ("name", "document_count", "chunk_count", "chunk_method", "embedding_model", "id")


@click.group(invoke_without_command=True)
@click.pass_context
def datasets(context: click.Context) -> None:
    """List, create and delete datasets."""
    if context.invoked_subcommand is None:
        context.invoke(list_datasets)


@datasets.command("list")
@click.pass_obj
def list_datasets(access: Access) -> None:
    """List all datasets."""
    shown(access.client.datasets(), FIELDS, as_json=access.as_json)


@datasets.command()
@click.argument("name")
@click.option("--chunk-method", default="naive", show_default=True)
@click.option("--embedding-model", help="As model@provider (default: the tenant's).")
@click.pass_obj
def create(access: Access, name: str, chunk_method: str, embedding_model: str | None) -> None:
    """Create a dataset."""
    chosen = {"embedding_model": embedding_model} if embedding_model else {}
    created = access.client.create_dataset(name=name, chunk_method=chunk_method, **chosen)
    shown([created], FIELDS, as_json=access.as_json)


@datasets.command()
@click.argument("name")
@click.confirmation_option(prompt="Delete the dataset with all its documents?")
@click.pass_obj
def delete(access: Access, name: str) -> None:
    """Delete a dataset with all its documents."""
    dataset = access.client.dataset(name)
    access.client.delete_dataset(dataset["id"])
    if access.as_json:
        print_json({"deleted": dataset["id"]})
    else:
        click.echo(f"Deleted {dataset['name']}.")
