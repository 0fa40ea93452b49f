"""The form of commands: options anywhere, errors in one line, an exit status that tells."""

import io
import sys
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from api.cli.access import Access
from api.cli.main import COMMANDS, main
from api.cli.program import Command, Group, Program, RemoteCommand, never_fail_to_print
from api.errors import ArgumentError, StartError, UnavailableError
from rag.errors import ChunkStoreError

TABLE = {name: f"tests.unit.api.cli.test_program:{name}" for name in ("show", "group", "fail")}


@click.command(cls=RemoteCommand)
@click.pass_obj
def show(access: Access) -> None:
    """Show what is known."""
    click.echo(f"{access.url} {access.key} {access.as_json}")


@click.group(cls=Group)
def group() -> None:
    """Define a group with a command."""


@group.command("in")
@click.pass_obj
def inner(access: Access) -> None:
    """Show whether JSON is wanted."""
    click.echo(access.as_json)


ACTION: list[Callable[[], None]] = []


@click.command(cls=Command)
def fail() -> None:
    """Call what the test passes."""
    ACTION[0]()


def program() -> Program:
    made = Program("raglan", table=TABLE, callback=click.pass_context(begin))
    made.params += [click.Option(["--version"])]
    return made


def begin(context: click.Context, version: str | None) -> None:
    del version
    context.ensure_object(Access)


def run(*arguments: str) -> Result:
    # The commands of this file's copy are those that the table names.
    sys.modules[TABLE["show"].partition(":")[0]] = sys.modules[__name__]
    return CliRunner().invoke(program(), arguments, catch_exceptions=False, prog_name="raglan")


def failing(error: BaseException) -> Result:
    def action() -> None:
        raise error

    ACTION[:] = [action]
    return run("fail")


@pytest.mark.parametrize(
    "arguments", [("--json", "show"), ("show", "--json"), ("--json", "show", "--json")]
)
def test_json_may_stand_before_a_command_and_after_it(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).stdout == "  True\n"


@pytest.mark.parametrize(
    "arguments", [("--json", "group", "in"), ("group", "--json", "in"), ("group", "in", "--json")]
)
def test_json_may_stand_anywhere_in_a_group(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).stdout == "True\n"


def test_without_options_nothing_is_set() -> None:
    assert run("show").stdout == "  False\n"
    assert run("group", "in").stdout == "False\n"


def test_server_and_key_may_stand_behind_the_command() -> None:
    assert run("show", "--url", "there", "--key", "mine").stdout == "there mine False\n"


@pytest.mark.parametrize(
    ("error", "told", "status"),
    [
        (click.ClickException("It is so."), "raglan: It is so.\n", 1),
        (ArgumentError("Field: x"), "raglan: Field: x\n", 1),
        (StartError("One.\nTwo."), "raglan: One.\nraglan: Two.\n", 1),
        (ChunkStoreError("It is broken."), "raglan: It is broken.\n", 1),
        (
            PermissionError(13, "Permission denied", "/data/x"),
            "raglan: /data/x: Permission denied.\n",
            1,
        ),
        (OSError("Something."), "raglan: Something.\n", 1),
        (click.UsageError("No."), "raglan: No. See `raglan fail --help`.\n", 2),
        (click.Abort(), "raglan: Interrupted.\n", 130),
        (KeyboardInterrupt(), "\nraglan: Interrupted.\n", 130),
        (UnavailableError("Try later."), "raglan: Try later.\n", 1),
    ],
)
def test_an_error_is_told_line_by_line_and_in_the_status(
    error: BaseException, told: str, status: int
) -> None:
    done = failing(error)
    assert (done.stdout, done.stderr, done.exit_code) == ("", told, status)


def test_a_part_that_does_not_answer_is_told_with_the_reason() -> None:
    error = UnavailableError("The database does not answer.")
    error.__cause__ = OSError("connection\n\trefused")
    assert failing(error).stderr == ("raglan: The database does not answer. (connection refused)\n")


def test_what_nobody_thought_of_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing",), "No such command 'nothing'. See `raglan --help`."),
        (("show", "--jsn"), "See `raglan show --help`."),
        (("group", "none"), "See `raglan group --help`."),
    ],
)
def test_a_wrong_word_is_told_in_one_line_with_where_to_look(
    arguments: tuple[str, ...], words: str
) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith(f"{words}\n")


@pytest.mark.parametrize("arguments", [(), ("group",)])
def test_a_program_without_a_word_shows_its_help(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith("Usage: raglan")


def test_letters_that_an_output_lacks_are_escaped() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    never_fail_to_print([stream, io.StringIO()])
    stream.write("ä\udcff")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\xe4\\udcff"  # type: ignore[attr-defined]


def commands(group: click.Group, *before: str) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*before, name))
        if isinstance(command, click.Group):
            found += commands(command, *before, name)
    return found


def test_every_command_explains_itself_and_has_json() -> None:
    for path in commands(main):
        done = CliRunner().invoke(main, [*path, "--help"], prog_name="raglan")
        assert done.exit_code == 0, path
        assert done.stdout.startswith(f"Usage: raglan {' '.join(path)} ")
        assert "--json" in done.stdout, path
        for line in done.stdout.splitlines():
            assert not (line.startswith("  ") and line.endswith("...")), (
                f"the first sentence is too long for the list: {path}"
            )


def test_the_list_of_commands_shows_whole_sentences() -> None:
    done = CliRunner().invoke(main, ["--help"], prog_name="raglan")
    for name in COMMANDS:
        [line] = [line for line in done.stdout.splitlines() if line.startswith(f"  {name} ")]
        assert line.endswith(".")
        assert not line.endswith("...")


@pytest.mark.parametrize("option", ["--version", "-h"])
def test_version_and_help_need_no_server(option: str) -> None:
    assert CliRunner().invoke(main, [option], prog_name="raglan").exit_code == 0


def test_colours_are_left_out_where_no_color_asks_for_it() -> None:
    words = ["doctor", "--url", "http://127.0.0.1:1", "--key", "k"]
    plain = CliRunner(env={"NO_COLOR": "please"}).invoke(main, words, color=True)
    coloured = CliRunner(env={"NO_COLOR": ""}).invoke(main, words, color=True)
    assert "FAIL  server" in plain.stdout
    assert "\x1b[31mFAIL\x1b[0m  server" in coloured.stdout
