"""Finding doors by `door.py` in the folders of `apps`, and their pages by file name."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

from flask import Blueprint, Flask

from api.errors import StartError
from api.http.authentication import bearer
from api.http.codes import CODES
from api.http.door import Door, Doors
from api.http.responses import CHAT, refusal, success

APPS_DIR = Path(__file__).resolve().parent.parent / "apps"

NO_PAGES = frozenset({"__init__", "door", "words", "tools"})

NOWHERE = Door(
    name="default",
    prefix="",
    authenticate=bearer,
    words=CODES,
    success=success,
    error=refusal,
    stream=CHAT,
)
"""Answers at addresses that are behind no door."""


def open_doors(app: Flask, folder: Path = APPS_DIR, package: str = "api.apps") -> Doors:
    """Register the pages of all doors in a package, which lies in this folder.

    Raises StartError for a door or a page that is none.
    """
    found = []
    for path in sorted(folder.rglob("door.py")):
        names = path.parent.relative_to(folder).parts
        home = ".".join((package, *names))
        door = find_door(import_module(f"{home}.door"), path)
        homes = [
            register_page(app, door, import_module(f"{home}.{page.stem}"), page)
            for page in pages_of(door, path.parent)
        ]
        # Beside nouns of pages there is room for the addresses of other doors, and of none.
        found.append(replace(door, paths=tuple(dict.fromkeys(homes))) if door.suffix else door)
    return Doors(found, NOWHERE)


def pages_of(door: Door, folder: Path) -> Iterator[Path]:
    """Yield the files of a door's pages."""
    for path in sorted(folder.glob(f"*{door.suffix}.py")):
        if path.stem not in NO_PAGES:
            yield path


def register_page(app: Flask, door: Door, module: ModuleType, path: Path) -> str:
    """Register the blueprint of a page under the prefix of its door, or of its noun; return that.

    A page of a noun that has several says which by `NOUN`; else the file is called so.
    """
    noun = path.stem.removesuffix(door.suffix)
    prefix = f"{door.prefix}/{getattr(module, 'NOUN', noun)}" if door.suffix else door.prefix
    blueprint = find_blueprint(module, path)
    app.register_blueprint(blueprint, url_prefix=prefix, name=f"{door.name}_{noun}")
    return prefix


def find_door(module: ModuleType, path: Path) -> Door:
    """Return the `DOOR` of a module; raises StartError naming the file."""
    found = getattr(module, "DOOR", None)
    if not isinstance(found, Door):
        raise StartError(f"{path.parent.name}/{path.name} has no `DOOR`.")
    return found


def find_blueprint(module: ModuleType, path: Path) -> Blueprint:
    """Return the `blueprint` that a page defines; raises StartError naming the file."""
    found = getattr(module, "blueprint", None)
    if not isinstance(found, Blueprint):
        raise StartError(f"{path.parent.name}/{path.name} is a page without a `blueprint`.")
    return found
