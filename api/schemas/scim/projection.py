"""Which attributes of a resource are shown (RFC 7644, section 3.9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

ALWAYS = frozenset({"id", "schemas"})


@dataclass(frozen=True, slots=True)
class Projection:
    """The attributes that are asked for, or those that are not wanted, in lower case."""

    asked: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    @classmethod
    def of(cls, asked: Iterable[str], excluded: Iterable[str]) -> Self:
        """Return that of some names; blank ones are none."""
        return cls(frozenset(names(asked)), frozenset(names(excluded)))

    @property
    def is_whole(self) -> bool:
        """Return whether all is shown."""
        return not (self.asked or self.excluded)

    def shows(self, name: str) -> bool:
        """Return whether an attribute is shown, or a part of it."""
        if name.lower() in ALWAYS:
            return True
        if self.asked:
            return any(one == name.lower() or one.startswith(prefixes(name)) for one in self.asked)
        return name.lower() not in self.excluded

    def shows_in(self, name: str, core: str) -> bool:
        """Return whether an attribute of a resource with this core schema is shown."""
        return Projection(without(self.asked, core), without(self.excluded, core)).shows(name)

    def shown(self, resource: Mapping[str, Any], core: str) -> dict[str, Any]:
        """Return what is shown of a resource whose core schema has this URN."""
        if self.is_whole:
            return dict(resource)
        mine = Projection(without(self.asked, core), without(self.excluded, core))
        return {
            name: value if name.lower() in ALWAYS else mine.parts_of(name, value)
            for name, value in resource.items()
            if mine.shows(name)
        }

    def parts_of(self, name: str, value: Any) -> Any:
        """Return those parts of a value that are shown."""
        inner = Projection(behind(self.asked, name), behind(self.excluded, name))
        if name.lower() in self.asked or inner.is_whole:
            return value
        many = value if isinstance(value, list) else [value]
        made = [
            {part: one[part] for part in one if inner.shows(part)} if isinstance(one, dict) else one
            for one in many
        ]
        return made if isinstance(value, list) else made[0]


def names(given: Iterable[str]) -> Iterable[str]:
    """Yield names without blanks around them, in lower case."""
    return (name.strip().lower() for name in given if name.strip())


def prefixes(name: str) -> tuple[str, str]:
    """Return how the names of parts of an attribute begin, or of an extension's."""
    return f"{name.lower()}.", f"{name.lower()}:"


def without(paths: frozenset[str], core: str) -> frozenset[str]:
    """Return paths without the URN of the core schema before them."""
    return frozenset(path.removeprefix(f"{core.lower()}:") for path in paths)


def behind(paths: frozenset[str], name: str) -> frozenset[str]:
    """Return what of paths comes behind the name of an attribute."""
    begin = prefixes(name)
    return frozenset(path[len(begin[0]) :] for path in paths if path.startswith(begin))
