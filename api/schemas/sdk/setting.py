"""Settings with their sources, on the wire."""

from typing_extensions import TypedDict

from api.config.origins import Origin
from api.services.operations.records import SettingsTold


class SettingAnswer(TypedDict):
    """A setting; secrets are masked. The last of `set_in` wins, the variable over all files.

    `source` is a file, `environment` or `default`. `waits` is true where another value counts after
    a restart.
    """

    name: str
    value: object
    default: object
    source: str
    set_in: list[str]
    variable: str
    live: bool
    secret: bool
    waits: bool


class SettingsAnswer(TypedDict):
    """All settings, and what is wrong with the files, null if nothing is."""

    settings: list[SettingAnswer]
    problem: str | None


def present_settings(told: SettingsTold) -> SettingsAnswer:
    """Return the settings as they go out."""
    return {
        "settings": [present_setting(origin) for origin in told.settings],
        "problem": told.problem or None,
    }


def present_setting(origin: Origin) -> SettingAnswer:
    """Return a setting as it goes out."""
    return {
        "name": origin.name,
        "value": origin.value,
        "default": origin.default,
        "source": origin.source,
        "set_in": list(origin.set_in),
        "variable": origin.variable,
        "live": origin.is_live,
        "secret": origin.is_secret,
        "waits": origin.waits,
    }
