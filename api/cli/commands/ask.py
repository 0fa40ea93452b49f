"""`raglan ask`."""

import hashlib
import re
from collections.abc import Iterable, Iterator

import click

from api.cli.access import Access
from api.cli.answers import Answer
from api.cli.commands.search import chosen_datasets, dataset_option, place, question_argument
from api.cli.output import print_json, say
from api.cli.program import RemoteCommand

CITATION = re.compile(r"\[ID:(\d+)\]")
TITLE_LENGTH = 100
THINKING_END = "</think>"


@click.command(cls=RemoteCommand)
@question_argument
@dataset_option
@click.pass_obj
def ask(access: Access, question: str, names: tuple[str, ...]) -> None:
    """Answer a question from the documents.

    The answer is printed while it is made, then file and page of every passage that it cites.
    Without a question, or for -, it is read from standard input.
    """
    client = access.client
    chat_id = client.chat(title(names), chosen_datasets(client, names))
    answers = client.answer(chat_id, question)
    if access.as_json:
        *_, last = answers
        print_json(last)
    else:
        last = printed(answers)
        for line in citations(last):
            say(line)
    if not last["answer"].strip():
        raise click.ClickException("The model answered nothing. Ask again, or in other words.")


def title(names: Iterable[str]) -> str:
    """Return the name of the assistant that reads these datasets."""
    listed = ", ".join(sorted(names)) or "all datasets"
    if len(listed) > TITLE_LENGTH:
        listed = listed[:TITLE_LENGTH] + hashlib.sha256(listed.encode()).hexdigest()[:16]
    return f"raglan ask: {listed}"


def printed(answers: Iterable[Answer]) -> Answer:
    """Print an answer as it grows and return its last state, whose citations may be more."""
    last: Answer = {}
    shown = ""
    try:
        for last in answers:
            # Each state closes its thinking, though the next one may go on with it.
            shown = print_on(shown, last["answer"].removesuffix(THINKING_END))
        print_on(shown, last.get("answer", ""))
    finally:
        if shown:
            say()
    return last


def print_on(shown: str, answer: str) -> str:
    """Print what an answer has more than what is shown of it; return what is shown then."""
    if answer.startswith(shown):
        say(answer[len(shown) :], end="")
    elif without_citations(answer) != without_citations(shown):
        say(f"\n{answer}", end="")
    else:
        return shown
    return answer


def without_citations(answer: str) -> str:
    """Return the letters of an answer."""
    return "".join(CITATION.sub("", answer).split())


def citations(data: Answer) -> Iterator[str]:
    """Yield a line for each passage that an answer cites: its number, file and page."""
    chunks = (data.get("reference") or {}).get("chunks") or []
    numbers = sorted({int(number) for number in CITATION.findall(data.get("answer", ""))})
    cited = [number for number in numbers if number < len(chunks)]
    if cited:
        yield ""
    yield from (f"[ID:{number}] {place(chunks[number])}" for number in cited)
