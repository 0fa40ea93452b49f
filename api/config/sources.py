"""Where settings come from: files in conf/ and the environment, checked before they count.

`conf/service_conf.yaml` holds every setting with its default and a comment, then
`conf/local.service_conf.yaml` and the environment (`RAGLAN_SECTION__KEY`) override it.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from api.config.places import HOME, home
from api.config.settings import Settings
from api.errors import StartError

PREFIX = "RAGLAN_"

CONF_DIR = f"{PREFIX}CONF_DIR"
"""The variable that names another folder for the two files; it is no setting itself."""

FILES = ("service_conf.yaml", "local.service_conf.yaml")
"""The settings files, the later one over the earlier one."""

NO_SUCH = "there is no such setting; docs/settings.md lists them all"

NO_SETTINGS = ("RAGLAN_URL", "RAGLAN_API_KEY", "RAGLAN_CLI_", CONF_DIR, HOME)
"""Variables that tell the command line where a server is, or where the settings are."""

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
    environment: Mapping[str, str] | None = None, conf_dir: Path | None = None
) -> Settings:
    """Read the settings; raises StartError with every problem by name, one a line."""
    values: dict[str, object] = {}
    variables = os.environ if environment is None else environment
    found = settings_files(variables) if conf_dir is None else [conf_dir / n for n in FILES]
    # An installed package needs no settings files; a folder that was named must be there.
    if (conf_dir or variables.get(CONF_DIR)) and not found[0].parent.is_dir():
        raise StartError(f"{CONF_DIR}: there is no folder {found[0].parent}.")
    for path in found:
        merge(values, read_file(path))
    merge(values, from_environment(variables))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise StartError("\n".join(problems(error))) from error


def trace_collector(environment: Mapping[str, str] | None = None) -> str:
    """Return where SkyWalking collects traces, `host:port`; empty where nothing is traced.

    Its agent reads this variable and others of its own, so that this is no setting of ours.
    """
    return (os.environ if environment is None else environment).get(COLLECTOR, "").strip()


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
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise StartError(
            f"{path.name} must hold sections with settings, not a {type(content).__name__}."
        )
    return {name: value for name, value in content.items() if value is not None}


def from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """Return the settings in the environment; a name without `__` is a setting without section."""
    values: dict[str, object] = {}
    for variable, value in environment.items():
        if variable.startswith(PREFIX) and not variable.startswith(NO_SETTINGS):
            section, _, key = variable.removeprefix(PREFIX).lower().partition("__")
            merge(values, {section: {key: value}} if key else {section: value})
    return values


def merge(target: dict[str, object], source: Mapping[str, object]) -> None:
    """Merge `source` into `target`, section by section; a wrong none stays, to be refused."""
    for name, value in source.items():
        if not isinstance(value, Mapping):
            target[name] = value
        elif isinstance(section := target.setdefault(name, {}), dict):
            section.update(value)


def problems(error: ValidationError) -> Iterator[str]:
    """Yield a line per problem: the setting's name in the file and the environment, and why."""
    for problem in error.errors(include_url=False):
        names = [str(part) for part in problem["loc"]]
        unknown = problem["type"] == "extra_forbidden"
        why = NO_SUCH if unknown else problem["msg"]
        given = problem["input"]
        # Of a section that is not known, each setting is named.
        keys = list(given) if unknown and isinstance(given, Mapping) else [""]
        for key in keys:
            path = [*names, key] if key else names
            yield f"Setting {'.'.join(path)} ({PREFIX}{'__'.join(path).upper()}): {why}."
