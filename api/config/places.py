"""Where Raglan's own files are, and where a server keeps its settings and data.

A checkout has both in one folder. An installed package has its own files, which nobody changes,
within itself; a server that runs from it has a home folder elsewhere.
"""

import os
from collections.abc import Mapping
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
"""The folder of the package `api`."""

CHECKOUT = PACKAGE.parent
"""The project's folder, where the package is not installed as a wheel."""

SHIPPED = CHECKOUT if (CHECKOUT / "entrypoint.sh").is_file() else PACKAGE / "shipped"
"""The folder that has `conf/`, `docs/` and `gunicorn_config.py` of this version."""

HOME = "RAGLAN_HOME"
"""The variable that names the folder of a server that runs from an installed package."""

PLAN_TO = "RAGLAN_PLAN_TO"
"""The variable by which a supervisor names the descriptor that it reads the plan from."""


def home(environment: Mapping[str, str] | None = None) -> Path:
    """Return the folder at which relative paths of settings begin, whether it exists or not.

    It is the checkout; for an installed package what `RAGLAN_HOME` names, else `raglan` in the
    user's folder for data: https://specifications.freedesktop.org/basedir-spec/latest/.
    """
    variables = os.environ if environment is None else environment
    if named := variables.get(HOME):
        return Path(named).expanduser().resolve()
    if SHIPPED == CHECKOUT:
        return CHECKOUT
    data = Path(variables.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else Path.home() / ".local" / "share") / "raglan"


def choose_home(folder: Path) -> None:
    """Let this process, and those that it starts, take a folder as their home."""
    os.environ[HOME] = str(folder.expanduser().resolve())


def chosen_home() -> str:
    """Return the folder that `RAGLAN_HOME` names; empty where it names none."""
    return os.environ.get(HOME, "")


def take_plan_to() -> int | None:
    """Return the descriptor to which the plan is to be written, the first time it is asked for."""
    asked = os.environ.pop(PLAN_TO, None)
    return None if asked is None else int(asked)
