"""`raglan chat`."""

import readline  # noqa: F401 - gives `input` its keys, and a memory of lines
import sys
from collections.abc import Iterator

import click

from api.cli.access import Access
from api.cli.client import Client, NoAccessError
from api.cli.commands.ask import citations, printed, title
from api.cli.commands.search import chosen_datasets, dataset_option, excerpt, place
from api.cli.output import plain, print_json, say
from api.cli.program import RemoteCommand

HELP = """\
/sources   show the passages of the last answer
/new       begin a new session
/help      show this
/quit      end; so does Ctrl-D"""

PROMPT = "> "


@click.command(cls=RemoteCommand)
@click.argument("assistant", required=False)
@dataset_option
@click.pass_obj
def chat(access: Access, assistant: str | None, names: tuple[str, ...]) -> None:
    """Talk with the documents; a question knows those before it.

    With the name of an ASSISTANT that one answers; without it one that reads the datasets that are
    named, or all. From a pipe each line is a question.
    """
    client = access.client
    talk = Talk(access, client, chosen_assistant(client, assistant, names))
    if sys.stdin.isatty() and not access.as_json:
        say("Ask about your documents; /help shows what else there is, Ctrl-D ends.", err=True)
    for line in lines():
        if line in {"/quit", "/exit"}:
            return
        talk.take(line)


def chosen_assistant(client: Client, name: str | None, names: tuple[str, ...]) -> str:
    """Return the id of the assistant that is talked with."""
    if name is None:
        return client.chat(title(names), chosen_datasets(client, names))
    if names:
        raise click.UsageError("An assistant has datasets of its own: leave out --dataset.")
    found = client.find_chat(name)
    if not found:
        raise click.ClickException(f"There is no assistant named {name}.")
    return found


def lines() -> Iterator[str]:
    """Yield what somebody types, or a pipe holds, line by line; blank ones are left out."""
    terminal = sys.stdin.isatty()
    while True:
        try:
            line = input(PROMPT) if terminal else next(sys.stdin)
        except (EOFError, StopIteration):
            return
        if line.strip():
            yield line.strip()


class Talk:
    """A session with an assistant, and the passages of its last answer."""

    def __init__(self, access: Access, client: Client, chat_id: str) -> None:
        """Initialize without a session: the first question makes one."""
        self.access = access
        self.client = client
        self.chat_id = chat_id
        self.session_id = ""
        self.sources: list[str] = []

    def take(self, line: str) -> None:
        """Do what a line asks for."""
        match line:
            case "/new":
                self.session_id = ""
                say("A new session.", err=True)
            case "/sources":
                say("\n\n".join(self.sources) or "No passages yet.")
            case "/help":
                say(HELP, err=True)
            case _ if line.startswith("/"):
                say(f"{line} is no command. /help shows them.", err=True)
            case _:
                self.ask(line)

    def ask(self, question: str) -> None:
        """Print the answer to a question; one that fails does not end the talk."""
        try:
            if not self.session_id:
                self.session_id = self.client.session_of(self.chat_id, question)
            answers = self.client.answer_in(self.chat_id, self.session_id, question)
            if self.access.as_json:
                *_, last = answers
                print_json(last)
                return
            last = printed(answers)
        except NoAccessError:
            raise
        except click.ClickException as error:
            if not sys.stdin.isatty():
                raise
            say(f"raglan: {error.message}", err=True)
            return
        for line in citations(last):
            say(line)
        say()
        chunks = (last.get("reference") or {}).get("chunks") or []
        self.sources = [
            plain(f"[ID:{number}] {place(chunk)}\n{excerpt(chunk['content'])}")
            for number, chunk in enumerate(chunks)
        ]
