"""Where settings come from: files in conf/ and the environment, checked before they count.

`conf/service_conf.yaml` holds every setting with its default and a comment, which
`conf/local.service_conf.yaml`, then the database and the environment (`RAGLAN_SECTION__KEY`)
override.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from api.config.layers import (
    ENVIRONMENT,
    PREFIX,
    Layer,
    Loaded,
    merge,
    merged,
    nested,
    problems,
    with_stored,
)
from api.config.openwebui import SWITCH, taken
from api.config.places import HOME, home
from api.config.settings import Settings
from api.config.stored import Reader, stored_here
from api.errors import StartError

CONF_DIR = f"{PREFIX}CONF_DIR"
"""The variable that names another folder for the two files; it is no setting itself."""

FILES = ("service_conf.yaml", "local.service_conf.yaml")
"""The settings files, the later one over the earlier one."""

NO_SETTINGS = ("RAGLAN_URL", "RAGLAN_API_KEY", "RAGLAN_CLI_", CONF_DIR, HOME, SWITCH)
"""Variables that tell the command line where a server is, or which settings there are."""

COLLECTOR = "SW_AGENT_COLLECTOR_BACKEND_SERVICES"


def variables() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ


def settings_files(environment: Mapping[str, str] | None = None) -> list[Path]:
    """Return where the settings files are, whether they exist or not."""
    variables = os.environ if environment is None else environment
    folder = home(variables) / (variables.get(CONF_DIR) or "conf")
    return [folder / name for name in FILES]


def load_settings(
    environment: Mapping[str, str] | None = None,
    conf_dir: Path | None = None,
    stored: Reader = stored_here,
) -> Settings:
    """Read the settings; raises StartError with every problem by name, one a line.

    `stored` gives what the database holds: without it, what was last written into the data folder.
    """
    return load(environment, conf_dir, stored).settings


def load(
    environment: Mapping[str, str] | None = None,
    conf_dir: Path | None = None,
    stored: Reader = stored_here,
) -> Loaded:
    """Read the settings with where each comes from; raises StartError as `load_settings`."""
    variables = os.environ if environment is None else environment
    found = settings_files(variables) if conf_dir is None else [conf_dir / n for n in FILES]
    # An installed package needs no settings files; a folder that was named must be there.
    if (conf_dir or variables.get(CONF_DIR)) and not found[0].parent.is_dir():
        raise StartError(f"{CONF_DIR}: there is no folder {found[0].parent}.")
    files: list[Layer] = [(path.name, read_file(path)) for path in found]
    layers = [*files, (ENVIRONMENT, from_environment(variables))]
    try:
        base = Settings.model_validate(merged(layers))
    except ValidationError as error:
        raise StartError("\n".join(problems(error))) from error
    if base.settings.database == "off":
        return Loaded(base, tuple(layers))
    return with_stored(base, layers, stored(base))


def trace_collector(environment: Mapping[str, str] | None = None) -> str:
    """Return where SkyWalking collects traces, `host:port`; empty where nothing is traced.

    Its agent reads this variable and others of its own, so that this is no setting of ours.
    """
    return (os.environ if environment is None else environment).get(COLLECTOR, "").strip()


def left_out(environment: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the variables of Open WebUI that stand for no setting here, each with why."""
    return taken(os.environ if environment is None else environment).left_out


def read_file(path: Path) -> dict[str, object]:
    """Return what a settings file holds; one that is absent or empty holds nothing."""
    if not path.exists():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise StartError(f"{path.name} is not valid YAML: {error}") from error
    except OSError as error:
        raise StartError(f"{path} cannot be read: {error.strerror}.") from error
    return content_of(content, path.name)


def content_of(content: object, name: str) -> dict[str, object]:
    """Return the sections of a file with settings that was read; raises StartError."""
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise StartError(
            f"{name} must hold sections with settings, not a {type(content).__name__}."
        )
    return {key: value for key, value in content.items() if value is not None}


def from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """Return the settings in the environment; a name without `__` is a setting without section.

    What variables of Open WebUI stand for is among them, where these count; ours win.
    """
    values = nested(taken(environment).settings)
    for variable, value in environment.items():
        if variable.startswith(PREFIX) and not variable.startswith(NO_SETTINGS):
            section, _, key = variable.removeprefix(PREFIX).lower().partition("__")
            merge(values, {section: {key: value}} if key else {section: value})
    return values
