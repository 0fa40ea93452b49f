"""`raglan doctor`: whether every configured part is in order, and if not, what to do."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from api.cli.access import Access
from api.cli.checks import TROUBLE, PartWarning
from api.cli.output import one_line, print_json, say
from api.cli.parts import OF_ANOTHER_MACHINE, OF_THIS_MACHINE, Part
from api.cli.program import RemoteCommand, sentence


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one part; `advice` says what to do when it is not in order.

    `ok` is None for a part that was not looked at, because one that it needs is not in order. One
    that `warns` works, but is set in a way that its operator should know of.
    """

    part: str
    ok: bool | None
    found: str
    advice: str = ""
    warns: bool = False


@click.command(cls=RemoteCommand)
@click.pass_obj
def doctor(access: Access) -> None:
    """Check every configured part and say what to do.

    Ends with status 1 if one is not in order, which a warning does not mean. With --url only that
    server is asked.
    """
    checks = list(run_checks(access, OF_ANOTHER_MACHINE if access.url else OF_THIS_MACHINE))
    if access.as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            show(check)
    if not all(check.ok for check in checks):
        click.get_current_context().exit(1)


def run_checks(access: Access, parts: tuple[Part, ...]) -> Iterator[Check]:
    """Yield what was found of each part."""
    bad: set[str] = set()
    for part in parts:
        missing = [need for need in part.needs if need in bad]
        if missing:
            yield Check(part.name, ok=None, found=f"not looked at: it needs {missing[0]}")
            bad.add(part.name)
            continue
        try:
            yield Check(part.name, ok=True, found=part.check(access))
        except PartWarning as warning:
            yield Check(part.name, ok=True, found=str(warning), advice=part.advice, warns=True)
        except TROUBLE as error:
            found = error.message if isinstance(error, click.ClickException) else sentence(error)
            yield Check(part.name, ok=False, found=one_line(found), advice=part.advice)
            bad.add(part.name)


def show(check: Check) -> None:
    """Print what was found of a part."""
    marks = {
        True: click.style("ok  ", fg="green"),
        False: click.style("FAIL", fg="red"),
        None: click.style("?   ", fg="yellow"),
    }
    mark = click.style("warn", fg="yellow") if check.warns else marks[check.ok]
    click.echo(f"{mark}  {check.part:13}", nl=False)
    say(check.found)
    if check.advice:
        say(f"{'':19}{check.advice}")
