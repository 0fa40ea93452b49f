"""Where the value of each setting comes from, what else gives one, and whether it can be set."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from api.config.layers import DATABASE, ENVIRONMENT, PREFIX, Layer, Loaded, Values, merged
from api.config.settings import Settings, declared, masked_value
from api.config.stored import START_ONLY

DEFAULT = "default"
MASK = "********"

Lock = Literal["", "environment", "start", "off"]
"""Why a setting cannot be set in the database: a variable of the environment would win, it is read
before the database is, or the database does not count. Empty where it can be set."""

Form = Literal["boolean", "integer", "number", "text", "choice"]


class Origin(NamedTuple):
    """A setting as it is in force; `value` and the like are shown without secrets.

    `source` is what gives the value: a file, the database, the environment, or nothing (DEFAULT).
    `set_in` are all that give one, the last of which wins. `without` is what the value would be
    without its source, `stored` what the database holds, each None where there is nothing.
    `waits` says that they give another value, which counts after a restart. `variable` is the
    one of the environment. `choices` are the values of a setting that takes these alone.
    """

    name: str
    value: object
    default: object
    without: object
    stored: object
    source: str
    set_in: tuple[str, ...]
    variable: str
    is_live: bool
    is_secret: bool
    waits: bool
    locked: Lock
    form: Form
    choices: tuple[str, ...]


def origins(current: Settings, loaded: Loaded) -> Iterator[Origin]:
    """Yield every setting; `loaded` is what files, database and environment say now."""
    usual = Settings()
    steps = [settings_of(layers) for layers in accumulate([one] for one in loaded.layers)]
    for section, key, live in declared():
        value, new, default = (of(each, section, key) for each in (current, loaded.settings, usual))
        places = [place for place, layer in enumerate(loaded.layers) if gives(layer, section, key)]
        given = tuple(loaded.layers[place][0] for place in places)
        # The first file repeats all defaults.
        is_default = places in ([], [0]) and new == default
        below = steps[places[-1] - 1] if places and places[-1] else usual
        name = f"{section}.{key}" if section else key
        form, choices = form_of(getattr(usual, section) if section else usual, key)
        yield Origin(
            name=name,
            value=shown(value),
            default=shown(default),
            without=None if is_default or below is None else shown(of(below, section, key)),
            stored=stored_in(loaded, section, key, is_secret=isinstance(default, SecretStr)),
            source=DEFAULT if is_default else given[-1],
            set_in=given,
            variable=PREFIX + "__".join(filter(None, (section, key))).upper(),
            is_live=live,
            is_secret=isinstance(default, SecretStr),
            waits=new != value,
            locked=lock_of(name, given, loaded.settings),
            form=form,
            choices=choices,
        )


def settings_of(layers: Sequence[Layer]) -> Settings | None:
    """Return what some layers come to without the others; None where that is not valid."""
    try:
        return Settings.model_validate(merged(layers))
    except ValidationError:
        return None


def lock_of(name: str, given: Sequence[str], settings: Settings) -> Lock:
    """Return why a setting cannot be set in the database; `given` are the layers that give it."""
    if name in START_ONLY:
        return "start"
    if settings.settings.database == "off":
        return "off"
    if ENVIRONMENT in given and settings.settings.precedence == ENVIRONMENT:
        return "environment"
    return ""


def stored_in(loaded: Loaded, section: str, key: str, *, is_secret: bool) -> object:
    """Return what the database holds of a setting, shown without secrets; None for nothing."""
    for layer in loaded.layers:
        if layer[0] == DATABASE and gives(layer, section, key):
            value = nested_value(layer[1], section, key)
            return shown(SecretStr(str(value)) if is_secret else value)
    return None


def nested_value(values: Values, section: str, key: str) -> object:
    """Return what a layer gives."""
    part = values.get(section) if section else values
    return part.get(key) if isinstance(part, Mapping) else None


def form_of(part: BaseModel, key: str) -> tuple[Form, tuple[str, ...]]:
    """Return what the values of a setting are, and which there are if it takes a few alone."""
    kind = type(part).model_fields[key].annotation
    if get_origin(kind) is Literal:
        return "choice", tuple(map(str, get_args(kind)))
    forms: Mapping[object, Form] = {bool: "boolean", int: "integer", float: "number"}
    return forms.get(kind, "text"), ()


def of(settings: BaseModel, section: str, key: str) -> object:
    """Return the value of a setting."""
    return getattr(getattr(settings, section) if section else settings, key)


def gives(layer: Layer, section: str, key: str) -> bool:
    """Return whether a layer gives a setting."""
    return nested_value(layer[1], section, key) is not None


def shown(value: object) -> object:
    """Return a value as people may see it."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, Path):
        return str(value)
    return masked_value(value)
