"""`raglan documents`."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from api.cli.access import Access
from api.cli.answers import Document
from api.cli.commands.ingest import reason
from api.cli.confirming import agree, yes_option
from api.cli.files import place_of
from api.cli.output import print_json, say, shown
from api.cli.program import RemoteGroup
from api.db.models.states import RunState

FIELDS = ("name", "run", "progress", "chunk_count", "size", "id", "file", "reason")
WHERE_THERE_ARE = {"file", "reason"}
"""Columns that are left out when they would be empty."""

DATASET = "raglan.dataset"

F = TypeVar("F", bound=Callable[..., Any])


def keep_dataset(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Store the dataset's name, be it given before the command or after it."""
    del parameter
    if value:
        context.meta[DATASET] = value


def dataset_option(command: F) -> F:
    """Add the option for the name of the dataset to a command."""
    decorate: Callable[[F], F] = click.option(
        "--dataset", expose_value=False, callback=keep_dataset, help="The dataset's name."
    )
    return decorate(command)


@click.group(cls=RemoteGroup, invoke_without_command=True)
@dataset_option
@click.pass_context
def documents(context: click.Context) -> None:
    """List, parse and delete documents of a dataset.

    Without a further word they are listed.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_documents)


@documents.command("list")
@click.option("--keywords", default="", help="Only documents with this in their name.")
@dataset_option
@click.pass_context
def list_documents(context: click.Context, keywords: str = "") -> None:
    """List the documents with their files, and why those failed that did."""
    access: Access = context.obj
    filters = {"keywords": keywords} if keywords else {}
    found = access.client.documents(dataset_id(context), **filters)
    if access.as_json:
        print_json(found)
        return
    rows = [
        item
        | {"file": place_of(item), "reason": reason(item) if item["run"] == RunState.FAIL else ""}
        for item in found
    ]
    fields = [
        name for name in FIELDS if name not in WHERE_THERE_ARE or any(row[name] for row in rows)
    ]
    shown(rows, fields, as_json=False)


@documents.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--discard-edits", is_flag=True, help="Delete the edits that people made to chunks.")
@yes_option
@dataset_option
@click.pass_context
def parse(
    context: click.Context, names: tuple[str, ...], *, discard_edits: bool, yes: bool
) -> None:
    """Parse documents again.

    What is there stays searchable until that is done. Nobody waits for it: `raglan documents`
    shows how far it is. Chunks that people have added or changed are kept, unless the changes
    are to be discarded.
    """
    access: Access = context.obj
    dataset, chosen = named(context, names)
    if discard_edits:
        listed = ", ".join(item["name"] for item in chosen)
        agree(
            f"Discard what people have changed in the chunks of {listed}?", yes=yes, done="parsed"
        )
    access.client.parse(dataset, [item["id"] for item in chosen], discard_edits=discard_edits)
    report(access, "parsing", chosen)


@documents.command()
@click.argument("names", nargs=-1, required=True)
@yes_option
@dataset_option
@click.pass_context
def delete(context: click.Context, names: tuple[str, ...], *, yes: bool) -> None:
    """Delete documents with their chunks."""
    access: Access = context.obj
    dataset, chosen = named(context, names)
    agree(f"Delete {', '.join(item['name'] for item in chosen)}?", yes=yes)
    access.client.delete_documents(dataset, [item["id"] for item in chosen])
    report(access, "deleted", chosen)


def dataset_id(context: click.Context) -> str:
    """Return the id of the dataset that the command is about."""
    if DATASET not in context.meta:
        raise click.UsageError(
            "Say whose documents with --dataset NAME; `raglan datasets` lists the names.", context
        )
    access: Access = context.obj
    return str(access.client.dataset(context.meta[DATASET])["id"])


def named(context: click.Context, names: tuple[str, ...]) -> tuple[str, list[Document]]:
    """Return the dataset's id, and the documents with these names or ids."""
    access: Access = context.obj
    dataset = dataset_id(context)
    found = access.client.documents(dataset)
    known = {key: item for item in found for key in (item["name"], item["id"])}
    if missing := [name for name in names if name not in known]:
        raise click.ClickException(
            f"{context.meta[DATASET]} has no document named {', '.join(missing)}; "
            f"`raglan documents --dataset {context.meta[DATASET]}` lists them."
        )
    return dataset, list({known[name]["id"]: known[name] for name in names}.values())


def report(access: Access, verb: str, chosen: list[Document]) -> None:
    """Print what was done with which documents."""
    if access.as_json:
        print_json({verb: [item["id"] for item in chosen]})
    else:
        say(f"{verb}: {', '.join(item['name'] for item in chosen)}")
