"""`raglan config`, in the server's own database."""

import getpass
import sys
from pathlib import Path

import click
import yaml

from api.cli.access import Access
from api.cli.auditing import audited
from api.cli.output import moment, print_json, print_table, say
from api.cli.program import Group
from api.config.layers import flat
from api.config.origins import Origin
from api.config.sources import content_of
from api.errors import StartError
from api.services.auditing.records import Kind
from api.services.configuration.records import Author, Saved
from api.services.configuration.settings import SettingsService

HEADS = ("setting", "value", "source", "takes effect", "locked")

LOCKS = {
    "": "",
    "environment": "by the environment",
    "start": "not in the database",
    "off": "settings.database is off",
}


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def config(context: click.Context) -> None:
    """Show and change settings.

    Changes are kept in the database, and count in all workers within a second; some wait for a
    restart. Without a further word the settings beside the defaults are listed. Works on the
    server's own database.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_settings)


@config.command("list")
@click.argument("beginning", default="")
@click.option("--all", "everything", is_flag=True, help="Those at their defaults, too.")
@click.pass_obj
def list_settings(access: Access, beginning: str = "", *, everything: bool = False) -> None:
    """List settings with where each comes from.

    BEGINNING is how their names begin: `models.`.
    """
    told = service(access).told()
    chosen = [
        one
        for one in told.settings
        if one.name.startswith(beginning) and (everything or one.source != "default")
    ]
    if access.as_json:
        print_json({"version": told.version, "settings": [one._asdict() for one in chosen]})
    else:
        print_table([row_of(one) for one in chosen], HEADS)
    if told.problem:
        say(told.problem, err=True)


@config.command("get")
@click.argument("name")
@click.pass_obj
def get_setting(access: Access, name: str) -> None:
    """Print the value of a setting."""
    found = service(access).one(name)
    if found is None:
        raise click.ClickException(f"There is no setting {name}; `raglan config list --all`.")
    if access.as_json:
        print_json(found._asdict())
    else:
        say(shown(found.value))


@config.command("set")
@click.argument("name")
@click.argument("value", required=False)
@click.option("--unset", is_flag=True, help="Take away what the database holds.")
@click.pass_obj
@audited(Kind.SETTINGS)
def set_setting(access: Access, name: str, value: str | None, *, unset: bool) -> None:
    """Set a setting in the database.

    A VALUE of `-` is read from standard input, which keeps a secret out of lists of processes.
    """
    if unset == (value is not None):
        raise click.UsageError("Give a value, or --unset.")
    if value == "-":
        value = sys.stdin.readline().rstrip("\r\n")
    found = service(access)
    found.stored.look()
    report(access, found.change(author(), found.stored.version, {name: value}))


@config.command("history")
@click.option("--limit", type=click.IntRange(1, 1000), default=30, help="How many (30).")
@click.pass_obj
def list_history(access: Access, limit: int) -> None:
    """List the changes in the database, the newest first."""
    _, changes = access.services.configuration.history.list_changes(limit)
    if access.as_json:
        print_json(
            [
                {**change._asdict(), "changes": [one._asdict() for one in change.changes]}
                for change in changes
            ]
        )
        return
    rows = [
        (
            change.version,
            moment(change.time),
            change.author,
            one.name,
            shown(one.before),
            shown(one.after),
            change.what,
        )
        for change in changes
        for one in change.changes
    ]
    print_table(rows, ("version", "time", "by", "setting", "before", "after", ""))


@config.command("restore")
@click.argument("version", type=click.IntRange(0))
@click.pass_obj
@audited(Kind.SETTINGS)
def restore(access: Access, version: int) -> None:
    """Set all back to how it was at a version of the history.

    0 is before the first change.
    """
    stored = access.services.configuration.stored
    stored.look()
    back = access.services.configuration.history.go_back
    report(access, back(author(), stored.version, version))


@config.command("export")
@click.pass_obj
def export(access: Access) -> None:
    """Print what the database holds, but for secrets.

    It has the form of conf/local.service_conf.yaml, and `raglan config import` reads it.
    """
    found = service(access)
    found.stored.look()
    held = found.held_by_section()
    if access.as_json:
        print_json(held)
    else:
        say(yaml.safe_dump(held, allow_unicode=True, sort_keys=True) if held else "{}", end="")
    if sealed := found.sealed():
        say(f"Secrets are left out: {', '.join(sealed)}.", err=True)


@config.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Take away what the file does not have.")
@click.pass_obj
@audited(Kind.SETTINGS)
def import_file(access: Access, file: Path, *, replace: bool) -> None:
    """Set all that a file has, or nothing if one value is wrong.

    FILE has the form of conf/local.service_conf.yaml. Secrets in the database stay also with
    --replace.
    """
    found = service(access)
    found.stored.look()
    wanted = flat(read(file))
    if replace:
        wanted = {**dict.fromkeys(found.held()), **wanted}
    if not wanted:
        raise click.ClickException(f"There is no setting in {file}.")
    report(access, found.change(author(), found.stored.version, wanted, f"import of {file.name}"))


def read(file: Path) -> dict[str, object]:
    """Return the sections of a file with settings."""
    try:
        return content_of(yaml.safe_load(file.read_text(encoding="utf-8")), file.name)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise click.ClickException(f"{file} is not valid YAML: {error}") from error
    except StartError as error:
        raise click.ClickException(error.message) from error


def service(access: Access) -> SettingsService:
    """Return what shows and changes settings."""
    return access.services.configuration.settings


def author() -> Author:
    """Return who works on this machine."""
    return Author(f"{getpass.getuser()} on the command line")


def report(access: Access, saved: Saved) -> None:
    """Print what a change has come to."""
    if access.as_json:
        print_json({"version": saved.version, "changed": saved.changed, "waits": saved.waiting})
        return
    say(f"Changed: {', '.join(saved.changed) or 'nothing'}.")
    if saved.waiting:
        say(f"After a restart: {', '.join(sorted(saved.waiting))}.")


def row_of(one: Origin) -> tuple[str, ...]:
    """Return a setting as a row of the table."""
    effect = "waits for a restart" if one.waits else "at once" if one.is_live else "after a restart"
    return (one.name, shown(one.value), one.source, effect, LOCKS[one.locked])


def shown(value: object) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else str(value)
