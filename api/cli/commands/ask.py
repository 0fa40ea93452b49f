"""`raglan ask`."""

import re
from collections.abc import Iterator
from typing import Any

import click

from api.cli.access import Access
from api.cli.commands.search import chosen_datasets, place
from api.cli.output import print_json

CITATION = re.compile(r"\[ID:(\d+)\]")


@click.command()
@click.argument("question")
@click.option("--dataset", "names", multiple=True, help="Ask this dataset (default: all).")
@click.pass_obj
def ask(access: Access, question: str, names: tuple[str, ...]) -> None:
    """Answer a question from the documents, as it is made, and say where the answer stands."""
    client = access.client
    title = f"raglan ask: {', '.join(sorted(names)) or 'all datasets'}"
    chat_id = client.chat(title, chosen_datasets(client, names))
    last: dict[str, Any] = {}
    shown = 0
    for last in client.answer(chat_id, question):
        if not access.as_json:
            click.echo(last["answer"][shown:], nl=False)
            shown = len(last["answer"])
    if access.as_json:
        print_json(last)
        return
    click.echo()
    for line in citations(last):
        click.echo(line)


def citations(data: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each passage that an answer cites: its number, file and page."""
    chunks = (data.get("reference") or {}).get("chunks") or []
    cited = sorted({int(number) for number in CITATION.findall(data.get("answer", ""))})
    if cited:
        yield ""
    yield from (f"[ID:{index}] {place(chunks[index])}" for index in cited if index < len(chunks))
