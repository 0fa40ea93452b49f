"""Modules in few files: what a page needs is one request, and no build makes it.

A browser would ask for each small module, one after the other as it finds them. So the server
joins those that belong together, when the first browser asks: each becomes a function that is
called once, and what it exports the object that this returns. Names stay as they are written.

Modules are written in the forms that are read here, which a test holds: imports at the top, from an
address that begins with a dot; what is exported says so where it is declared, and never changes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import dirname, normpath
from typing import NamedTuple

from api.errors import StartError

IMPORT = re.compile(r'^import\s*(?:(\w+)|\{([^}]*)\})\s*from\s*"([^"]+)";?[ \t]*\n?', re.MULTILINE)
PACKED_IMPORT = re.compile(r'import\{([^}]*)\}from"([^"]+)";')
PASSED_ON = re.compile(r'export\s*\{([^}]*)\}\s*from\s*"([^"]+)";')
LISTED = re.compile(r"export\s*\{([^}]*)\};?")
DEFAULT = re.compile(r"export default ")
DECLARED = re.compile(
    r"^export (?=(?:async function|function|const|class)\b[ *]*(\w+))", re.MULTILINE
)
WORD = re.compile(r'["`]([a-z_]+)\.[\w$]')
SOURCE_MAP = re.compile(r"//# sourceMappingURL=\S+")


Pairs = tuple[tuple[str, str], ...]


class Bond(NamedTuple):
    """A module that another one imports, and the names it takes, each with its own for it."""

    module: str
    names: Pairs


@dataclass(frozen=True, slots=True)
class Module:
    """A module in parts: what it imports, its text without imports and exports, what it exports."""

    name: str
    text: str
    imports: tuple[Bond, ...]
    exports: Mapping[str, str]
    passed_on: tuple[Bond, ...] = field(default=())

    @property
    def areas(self) -> frozenset[str]:
        """Return what may be areas of words: what stands before the first point of its texts."""
        return frozenset(WORD.findall(self.text))

    @property
    def needs(self) -> Iterator[str]:
        """Yield the modules that have to stand before it."""
        yield from (bond.module for bond in (*self.imports, *self.passed_on))


def read_module(name: str, text: str, packages: Mapping[str, str]) -> Module:
    """Return a module in parts; `packages` has the files of those that are imported by a name."""

    def bond(listed: str, address: str) -> Bond:
        return Bond(located(name, address, packages), names_of(listed))

    imports = [
        bond(listed or f"default as {whole}", address)
        for whole, listed, address in IMPORT.findall(text)
    ]
    text = SOURCE_MAP.sub("", IMPORT.sub("", text))
    imports += [bond(listed, address) for listed, address in PACKED_IMPORT.findall(text)]
    text = PACKED_IMPORT.sub("", text)
    passed_on = [bond(listed, address) for listed, address in PASSED_ON.findall(text)]
    text = PASSED_ON.sub("", text)
    exports = {name: name for name in DECLARED.findall(text)}
    for listed in LISTED.findall(text):
        exports.update((out, inside) for inside, out in names_of(listed))
    if DEFAULT.search(text):
        exports["default"] = "$default"
    text = DEFAULT.sub("const $default = ", LISTED.sub("", DECLARED.sub("", text)))
    return Module(name, text.strip(), tuple(imports), exports, tuple(passed_on))


def located(name: str, address: str, packages: Mapping[str, str]) -> str:
    """Return the name of the module that one imports; raises StartError for a package unknown."""
    if address.startswith("."):
        return normpath(f"{dirname(name)}/{address}")
    if address not in packages:
        raise StartError(f"{name} imports {address}, which is not vendored.")
    return packages[address]


def names_of(listed: str) -> Pairs:
    """Return the names between braces: each with that which follows its `as`, or with itself."""
    pairs = [part.split(" as ") for part in listed.split(",") if part.strip()]
    return tuple((pair[0].strip(), pair[-1].strip()) for pair in pairs)


def ordered(modules: Mapping[str, Module], name: str, without: frozenset[str]) -> list[str]:
    """Return a module with all that it needs before it, but what is `without`.

    Raises StartError for one that is not there, and for a circle.
    """
    done: list[str] = []
    way: list[str] = []

    def visit(one: str) -> None:
        if one in done or one in without:
            return
        if one in way or one not in modules:
            raise StartError(f"The module {one} is missing, or needs itself: {way}.")
        way.append(one)
        for needed in modules[one].needs:
            visit(needed)
        done.append(way.pop())

    visit(name)
    return done


def joined(modules: Mapping[str, Module], names: list[str]) -> str:
    """Return a text that runs modules in an order; `$modules` gets what they export."""
    return "\n".join(wrapped(modules[name]) for name in names)


def wrapped(module: Module) -> str:
    """Return a module as a function that is called at once and returns what it exports."""
    heads = [
        f'const {{ {listed(bond.names)} }} = $modules["{bond.module}"];' for bond in module.imports
    ]
    ends = [
        (out, f'$modules["{bond.module}"].{inside}')
        for bond in module.passed_on
        for inside, out in bond.names
    ]
    end = f"return {{ {listed([*module.exports.items(), *ends])} }};"
    body = "\n".join([*heads, module.text, end])
    return f'$modules["{module.name}"] = (() => {{\n{body}\n}})();'


def listed(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names of an object, each with another name behind it where it has one."""
    return ", ".join(name if name == own else f"{name}: {own}" for name, own in pairs)
