"""`raglan search`."""

import sys

import click

from api.cli.access import Access
from api.cli.answers import Chunk
from api.cli.client import PAGE_SIZE, Client
from api.cli.output import one_line, plain, print_json, say
from api.cli.program import RemoteCommand

EXCERPT = 400


LONGEST_QUESTION = 1 << 20
"""Bytes of a question from a pipe; a file that was meant for another command is larger."""


def check_question(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """Return the question, which a pipe holds unless it was given; refuse one without words."""
    question = piped(context, parameter) if value is None or value == "-" else value
    if not question or not question.strip():
        raise click.BadParameter("it is empty.", context, parameter)
    return question


def piped(context: click.Context, parameter: click.Parameter) -> str:
    """Return what standard input holds; raises click.MissingParameter where that is a terminal."""
    if sys.stdin.isatty():
        raise click.MissingParameter(ctx=context, param=parameter)
    raw = sys.stdin.buffer.read(LONGEST_QUESTION + 1)
    if len(raw) > LONGEST_QUESTION:
        raise click.BadParameter("the pipe holds more than 1 MB.", context, parameter)
    return raw.decode("utf-8", "replace").strip()


question_argument = click.argument("question", required=False, callback=check_question)
dataset_option = click.option(
    "--dataset", "names", multiple=True, help="Only this dataset; may be given several times."
)


@click.command(cls=RemoteCommand)
@question_argument
@dataset_option
@click.option(
    "--top",
    default=5,
    show_default=True,
    type=click.IntRange(1, PAGE_SIZE),
    help="How many passages.",
)
@click.pass_obj
def search(access: Access, question: str, names: tuple[str, ...], top: int) -> None:
    """Show the passages that fit a question best.

    Each with its file, its page where there are pages, and its similarity from 0 to 1. Without a
    question, or for -, it is read from standard input.
    """
    found = access.client.retrieve(question, chosen_datasets(access.client, names), top)
    if access.as_json:
        print_json(found)
        return
    for number, chunk in enumerate(found["chunks"], 1):
        click.secho(plain(f"{number}. {place(chunk)}  {chunk['similarity']:.2f}"), bold=True)
        say(f"{excerpt(chunk['content'])}\n")
    if not found["chunks"]:
        say("Nothing fits.", err=True)


def chosen_datasets(client: Client, names: tuple[str, ...]) -> list[str]:
    """Return the ids of the datasets with these names, or of all; empty ones are left out."""
    chosen = [client.dataset(name) for name in dict.fromkeys(names)] or client.datasets()
    ids = [item["id"] for item in chosen if item["chunk_count"]]
    if not ids:
        raise click.ClickException(
            f"There are no documents in {' and '.join(names) or 'any dataset'} yet: "
            "`raglan ingest FOLDER --dataset NAME` brings them in."
        )
    return ids


def place(chunk: Chunk) -> str:
    """Return where a chunk stands: its file and, where pages are known, its pages.

    A file in a folder below the one that was ingested is shown with its path; other files that
    hold the very same words follow it.
    """
    names = dict.fromkeys(map(file_of, [chunk, *chunk.get("duplicates", ())]))
    name = one_line(" = ".join(names))
    pages = sorted({position[0] for position in chunk.get("positions") or []})
    if not pages:
        return name
    if len(pages) == 1:
        return f"{name}, page {pages[0]}"
    return f"{name}, pages {pages[0]}-{pages[-1]}"


def file_of(chunk: Chunk) -> str:
    """Return what the file of a chunk is called."""
    path = str(chunk.get("document_path") or "")
    if "/" in path:
        return path
    return str(chunk.get("document_keyword") or chunk.get("document_name") or "?")


def excerpt(text: str) -> str:
    """Return the beginning of a text on few lines."""
    joined = one_line(text)
    return joined if len(joined) <= EXCERPT else joined[:EXCERPT] + " ..."
