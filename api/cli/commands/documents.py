"""`raglan documents`."""

from typing import Any

import click

from api.cli.access import Access
from api.cli.output import print_json, shown

FIELDS = ("name", "run", "progress", "chunk_count", "token_count", "size", "id")


@click.group(invoke_without_command=True)
@click.option("--dataset", required=True, help="The dataset's name.")
@click.pass_context
def documents(context: click.Context, dataset: str) -> None:
    """List, parse and delete the documents of a dataset."""
    context.meta["dataset"] = dataset
    if context.invoked_subcommand is None:
        context.invoke(list_documents)


@documents.command("list")
@click.option("--keywords", default="", help="Only documents with this in their name.")
@click.pass_context
def list_documents(context: click.Context, keywords: str = "") -> None:
    """List the documents."""
    access: Access = context.obj
    filters = {"keywords": keywords} if keywords else {}
    found = access.client.documents(dataset_id(context), **filters)
    shown(found, FIELDS, as_json=access.as_json)


@documents.command()
@click.argument("names", nargs=-1, required=True)
@click.pass_context
def parse(context: click.Context, names: tuple[str, ...]) -> None:
    """Parse documents again; what is there stays searchable until that is done."""
    access: Access = context.obj
    chosen = named(context, names)
    access.client.parse(dataset_id(context), [item["id"] for item in chosen])
    report(access, "parsing", chosen)


@documents.command()
@click.argument("names", nargs=-1, required=True)
@click.confirmation_option(prompt="Delete these documents?")
@click.pass_context
def delete(context: click.Context, names: tuple[str, ...]) -> None:
    """Delete documents with their chunks."""
    access: Access = context.obj
    chosen = named(context, names)
    access.client.delete_documents(dataset_id(context), [item["id"] for item in chosen])
    report(access, "deleted", chosen)


def dataset_id(context: click.Context) -> str:
    """Return the id of the dataset that the command is about."""
    access: Access = context.obj
    return str(access.client.dataset(context.meta["dataset"])["id"])


def named(context: click.Context, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the documents with these names or ids."""
    access: Access = context.obj
    found = access.client.documents(dataset_id(context))
    known = {key: item for item in found for key in (item["name"], item["id"])}
    if missing := [name for name in names if name not in known]:
        raise click.ClickException(f"The dataset has no document named {', '.join(missing)}.")
    return [known[name] for name in names]


def report(access: Access, verb: str, chosen: list[dict[str, Any]]) -> None:
    """Say what was done with which documents."""
    if access.as_json:
        print_json({verb: [item["id"] for item in chosen]})
    else:
        click.echo(f"{verb}: {', '.join(item['name'] for item in chosen)}")
