"""Layers of settings: which give a value, which of them wins, and what they come to together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from api.config.settings import Settings
from api.config.stored import START_ONLY, StoredValues

PREFIX = "RAGLAN_"

DATABASE = "database"
ENVIRONMENT = "environment"

NO_SUCH = "there is no such setting; docs/settings.md lists them all"
NOT_STORED = "it is read before the database is, or decides about it"

Values = Mapping[str, object]

Layer = tuple[str, Values]
"""What a place gives, by section and key, and what the place is called."""


class Loaded(NamedTuple):
    """Settings, the layers that they come from, the last of which wins, and what does not count.

    `problems` has a sentence for each value of the database that is left out.
    """

    settings: Settings
    layers: tuple[Layer, ...]
    problems: tuple[str, ...] = ()


def merged(layers: Sequence[Layer]) -> dict[str, object]:
    """Return what layers give together."""
    values: dict[str, object] = {}
    for _, given in layers:
        merge(values, given)
    return values


def merge(target: dict[str, object], source: Mapping[str, object]) -> None:
    """Merge `source` into `target`, section by section; a wrong none stays, to be refused."""
    for name, value in source.items():
        if not isinstance(value, Mapping):
            target[name] = value
        elif isinstance(section := target.setdefault(name, {}), dict):
            section.update(value)


def nested(values: Mapping[str, object]) -> dict[str, object]:
    """Return what is given by name, `section.key`, by section and key."""
    sections: dict[str, object] = {}
    for name, value in values.items():
        section, _, key = name.partition(".")
        merge(sections, {section: {key: value}} if key else {section: value})
    return sections


def flat(sections: Values) -> dict[str, object]:
    """Return what is given by section and key by its name, `section.key`."""
    values: dict[str, object] = {}
    for section, given in sections.items():
        if isinstance(given, Mapping):
            values.update((f"{section}.{key}", value) for key, value in given.items())
        else:
            values[section] = given
    return values


def with_layer(settings: Settings, layers: Sequence[Layer], values: Values) -> tuple[Layer, ...]:
    """Return layers with that of the database in its place, before or behind the environment."""
    layer: Layer = (DATABASE, nested(values))
    if settings.settings.precedence == DATABASE:
        return (*layers, layer)
    return (*layers[:-1], layer, layers[-1])


def with_stored(base: Settings, layers: Sequence[Layer], stored: StoredValues) -> Loaded:
    """Add what the database gives to settings that are right without it.

    A value that is wrong there, or has become wrong beside the others, is left out: else nobody
    could start the server to correct it.
    """
    values = {name: one for name, one in stored.values.items() if name not in START_ONLY}
    left_out = list(stored.problems)
    left_out += [f"Setting {name}: {NOT_STORED}." for name in stored.values if name not in values]
    while values:
        whole = with_layer(base, layers, values)
        try:
            return Loaded(Settings.model_validate(merged(whole)), whole, tuple(left_out))
        except ValidationError as error:
            left_out += problems(error)
            wrong = wrong_among(values, error)
            values = {name: one for name, one in values.items() if name not in wrong}
    return Loaded(base, with_layer(base, layers, {}), tuple(left_out))


def wrong_among(values: Mapping[str, object], error: ValidationError) -> set[str]:
    """Return which of some values an error is about: themselves, their sections, or else all."""
    places = [[str(part) for part in each["loc"]] for each in error.errors(include_url=False)]
    named = {".".join(place[:2]) for place in places} & values.keys()
    sections = {place[0] for place in places}
    beside = {name for name in values if name.partition(".")[0] in sections}
    return named or beside or set(values)


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
