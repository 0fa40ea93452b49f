"""Variables of another program's environment, and rules that make settings of them."""

from collections.abc import Callable, Mapping

ON = frozenset({"1", "on", "true", "yes"})

Variables = Mapping[str, str]
Settings = dict[str, str]
Rule = Callable[[Variables], Settings]
"""Makes settings, by name, of variables that are there; raises ValueError with why it cannot."""


def is_on(value: str) -> bool:
    """Return whether a variable says yes."""
    return value.strip().lower() in ON


def same(value: str) -> str:
    """Return a value as it is."""
    return value


def switch(value: str) -> str:
    """Return a setting that is on or off."""
    return "on" if is_on(value) else "off"


def one(name: str, setting: str, convert: Callable[[str], str] = same) -> tuple[str, Rule]:
    """Return the rule of a variable that stands for a setting."""
    return name, lambda found: {setting: convert(found[name])}
