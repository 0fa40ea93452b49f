"""`raglan search`."""

from typing import Any

import click

from api.cli.access import Access
from api.cli.client import Client
from api.cli.output import print_json

EXCERPT = 400


@click.command()
@click.argument("question")
@click.option("--dataset", "names", multiple=True, help="Search this dataset (default: all).")
@click.option("--top", default=5, show_default=True, help="How many passages to show.")
@click.pass_obj
def search(access: Access, question: str, names: tuple[str, ...], top: int) -> None:
    """Show the passages that fit a question best."""
    found = access.client.retrieve(question, chosen_datasets(access.client, names), top)
    if access.as_json:
        print_json(found)
        return
    for number, chunk in enumerate(found["chunks"], 1):
        click.secho(f"{number}. {place(chunk)}  {chunk['similarity']:.2f}", bold=True)
        click.echo(excerpt(chunk["content"]) + "\n")
    if not found["chunks"]:
        click.echo("Nothing fits.")


def chosen_datasets(client: Client, names: tuple[str, ...]) -> list[str]:
    """Return the ids of the datasets with these names, or of all that hold chunks."""
    if names:
        return [client.dataset(name)["id"] for name in names]
    ids = [item["id"] for item in client.datasets() if item["chunk_count"]]
    if not ids:
        raise click.ClickException("There are no documents yet: `raglan ingest` brings them in.")
    return ids


def place(chunk: dict[str, Any]) -> str:
    """Return where a chunk stands: its file and, where pages are known, its page."""
    name = chunk.get("document_keyword") or chunk.get("document_name") or "?"
    positions = chunk.get("positions") or []
    return f"{name}, page {positions[0][0]}" if positions else str(name)


def excerpt(text: str) -> str:
    """Return the beginning of a text on few lines."""
    joined = " ".join(text.split())
    return joined if len(joined) <= EXCERPT else joined[:EXCERPT] + " ..."
