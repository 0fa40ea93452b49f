"""Where the value of each setting comes from, and what else gives one."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, SecretStr

from api.config.settings import Settings, declared, masked_value
from api.config.sources import PREFIX, from_environment, read_file

DEFAULT = "default"
ENVIRONMENT = "environment"
MASK = "********"

Values = Mapping[str, object]


class Origin(NamedTuple):
    """A setting as it is in force; `value` and `default` are shown without secrets.

    `source` is what gives the value: a file, the environment, or nothing (DEFAULT). `set_in` are
    all that give one, the last of which wins. `waits` says that they give another value, which
    counts after a restart. `variable` is the one of the environment that would win over all others.
    """

    name: str
    value: object
    default: object
    source: str
    set_in: tuple[str, ...]
    variable: str
    is_live: bool
    is_secret: bool
    waits: bool


def origins(
    current: Settings, written: Settings, layers: Sequence[tuple[str, Values]]
) -> Iterator[Origin]:
    """Yield every setting; `written` are those of the layers, `layers` what each gives."""
    usual = Settings()
    shipped = layers[0][0]  # it repeats all defaults
    for section, key, live in declared():
        value, new, default = (of(each, section, key) for each in (current, written, usual))
        given = [name for name, values in layers if gives(values, section, key)]
        is_default = given in ([], [shipped]) and new == default
        yield Origin(
            name=f"{section}.{key}" if section else key,
            value=shown(value),
            default=shown(default),
            source=DEFAULT if is_default else given[-1],
            set_in=tuple(given),
            variable=PREFIX + "__".join(filter(None, (section, key))).upper(),
            is_live=live,
            is_secret=isinstance(default, SecretStr),
            waits=new != value,
        )


def layers_of(files: Sequence[Path], environment: Mapping[str, str]) -> list[tuple[str, Values]]:
    """Return what each file and the environment give; raises StartError."""
    read: list[tuple[str, Values]] = [(path.name, read_file(path)) for path in files]
    return [*read, (ENVIRONMENT, from_environment(environment))]


def of(settings: BaseModel, section: str, key: str) -> object:
    """Return the value of a setting."""
    return getattr(getattr(settings, section) if section else settings, key)


def gives(values: Values, section: str, key: str) -> bool:
    """Return whether a layer gives a setting."""
    part = values.get(section) if section else values
    return isinstance(part, Mapping) and part.get(key) is not None


def shown(value: object) -> object:
    """Return a value as people may see it."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, Path):
        return str(value)
    return masked_value(value)
