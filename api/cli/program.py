"""The form of all commands: options that each takes, and one line when something goes wrong."""

import io
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click
from click.exceptions import NoArgsIsHelpError, NoSuchCommand

from api.cli.access import Access
from api.errors import RaglanError, UnavailableError
from api.signals import INTERRUPTED
from rag.errors import RagError
from rag.loading import loaded

NAME = "raglan"
USAGE = 2


class Shared(click.Option):
    """An option that is kept in the program's `Access`, so that it may stand anywhere."""

    def __init__(self, declarations: Sequence[str], **settings: Any) -> None:
        """Accept the arguments of an option."""
        super().__init__(declarations, expose_value=False, callback=keep, **settings)


def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Store an option that was given."""
    if value and parameter.name:
        setattr(context.find_root().ensure_object(Access), parameter.name, value)


def json_option() -> Shared:
    """Return the option that every command has."""
    return Shared(["--json", "as_json"], is_flag=True, help="Print JSON instead of text.")


def server_options() -> list[Shared]:
    """Return the options of commands that ask the REST API."""
    return [
        Shared(["--url"], help="The server (default: the one on this machine)."),
        Shared(["--key"], help="Its API key."),
    ]


class Command(click.Command):
    """A command with `--json`."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        """Accept the arguments of a command."""
        super().__init__(*args, **settings)
        self.params.append(json_option())


class Group(click.Group):
    """A group of commands with `--json`, before the command or after it."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **settings: Any) -> None:
        """Accept the arguments of a group."""
        super().__init__(*args, **settings)
        self.params.append(json_option())


class RemoteCommand(Command):
    """A command that asks the REST API, of the server on this machine or of another."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        """Accept the arguments of a command."""
        super().__init__(*args, **settings)
        self.params += server_options()


class RemoteGroup(Group):
    """A group of commands that ask the REST API."""

    command_class = RemoteCommand

    def __init__(self, *args: Any, **settings: Any) -> None:
        """Accept the arguments of a group."""
        super().__init__(*args, **settings)
        self.params += server_options()


class Program(Group):
    """The group of all commands; what goes wrong is told in one line, and in the exit status.

    `table` says where the commands are, so that each is imported only when it is wanted.
    """

    def __init__(self, *args: Any, table: Mapping[str, str], **settings: Any) -> None:
        """Accept the arguments of a group, and the commands by name, each as `module:attribute`."""
        super().__init__(*args, **settings)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, None if there is none."""
        del ctx
        if cmd_name not in self.table:
            return None
        command: click.Command = loaded(self.table[cmd_name])
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant; the error for none names the ones that are alike."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            # The library knows only of those that were imported.
            raise NoSuchCommand(args[0], possibilities=self.table, ctx=ctx) from error

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the command that was asked for, and end the process."""
        logging.getLogger().addHandler(logging.NullHandler())  # errors say what is to be said
        never_fail_to_print([sys.stdout, sys.stderr])
        extra["standalone_mode"] = False
        try:
            status = super().main(*args, **extra)
        except (click.ClickException, click.Abort, RaglanError, RagError, OSError) as error:
            told, status = ending(error)
            for line in told.splitlines():
                click.echo(f"{NAME}: {line}", err=True)
        sys.exit(status)


def ending(error: Exception) -> tuple[str, int]:
    """Return what is told of an error, and the exit status."""
    if isinstance(error, NoArgsIsHelpError):
        error.show()
        return "", USAGE
    if isinstance(error, click.UsageError):
        where = f" See `{error.ctx.command_path} --help`." if error.ctx else ""
        return f"{error.format_message()}{where}", USAGE
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, click.Abort):
        return "Interrupted.", INTERRUPTED
    return sentence(error), 1


def sentence(error: Exception) -> str:
    """Return what an error says; of a part that does not answer, why it does not."""
    if isinstance(error, UnavailableError) and error.__cause__:
        return f"{error.message} ({' '.join(str(error.__cause__).split())})"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def never_fail_to_print(streams: Sequence[Any]) -> None:
    """Escape characters that a stream's encoding lacks, instead of ending the program."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
