"""What starts a server: whole, or only what has to be ready before its processes."""

import os
import shlex
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import click

from api.cli.access import Access
from api.cli.output import print_json, say
from api.cli.program import Command
from api.config.places import HOME, SHIPPED, choose_home, chosen_home, home
from api.lifecycle.preparing import get_ready

SUPERVISOR = Path(__file__).resolve().parents[2] / "processes" / "supervise.sh"


@click.command(cls=Command)
@click.option(
    "--home",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"The folder of settings and data, made when missing (default: {HOME}).",
)
def serve(folder: Path | None) -> None:
    """Run a server until Ctrl-C.

    Everything is kept in one folder: the data in data/, settings in conf/local.service_conf.yaml.
    Settings may stand in the environment, too, as RAGLAN_SERVER__PORT=9380.
    """
    bash = shutil.which("bash")
    if bash is None:
        raise click.ClickException("bash, which looks after the server's processes, is missing.")
    if folder is not None:
        choose_home(folder)
    place = home()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Modules are looked for in the folder that a process is started in.
    os.chdir(place)
    told = [sys.executable, SHIPPED / "gunicorn_config.py", command()]
    sys.stdout.flush()
    os.execv(bash, ["bash", str(SUPERVISOR), *map(str, told)])  # noqa: S606 - no shell between


def command() -> str:
    """Return how people call this program for the server in this home."""
    program = Path(sys.argv[0])
    found = shutil.which(program.name)
    known = found and Path(found).resolve() == program.resolve()
    name = program.name if known else shlex.quote(str(program.absolute()))
    return f"{HOME}={shlex.quote(str(chosen))} {name}" if (chosen := chosen_home()) else name


@click.command(cls=Command)
@click.pass_obj
def prepare(access: Access) -> None:
    """Get everything ready for the server's start.

    Each start does so, too. Standard output gets one line: host, port, number of ingest
    workers, how many seconds a stop may take, and number of registrars. The first account,
    when it was just made, goes to standard error.
    """
    plan = get_ready(access.settings)
    if access.as_json:
        print_json(asdict(plan))
    else:
        say(str(plan))
