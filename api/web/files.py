"""What browsers get of the console: joined modules, words and style, each with its short form."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson

from api.web.addresses import PAGES
from api.web.joining import Module, joined, ordered, read_module

FOLDER = Path(__file__).resolve().parent / "static"
LANGUAGES = ("en", "zh")
TEMPLATES = FOLDER.parent / "templates"
MAIN = "core/main.mjs"
VISITORS = "visitors/main.mjs"
WIDGET = FOLDER / "visitors/widget.js"
STYLE = "style.css"
CORE = "export const $modules = {{}};\nexport const $words = {words};\n"
PAGE = """import {{ $modules, $words }} from "./core.mjs";
Object.assign($words, {words});
{text}
export const {{ Page }} = $modules["pages/{name}.mjs"];
"""
"""How the texts of the two kinds of files begin; `$words` is what `core/words.mjs` looks into."""

SCRIPT_TYPE = "text/javascript; charset=utf-8"
STYLE_TYPE = "text/css; charset=utf-8"

SAMPLE = FOLDER.parent / "sample"
"""Documents to begin with, a folder a language: what they tell of is made up."""
SAMPLE_TYPES = {
    ".pdf": "application/pdf",
    ".md": "text/markdown; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
}


class File(NamedTuple):
    """A file as it is sent."""

    content: bytes
    packed: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Site:
    """All files by their names; `version` is a hash over them, which stands in each address."""

    files: Mapping[str, File]
    version: str


@cache
def site() -> Site:
    """Return the files, which are made once in a process."""
    files = dict(all_files())
    whole = hashlib.sha256()
    for name, file in sorted(files.items()):
        whole.update(name.encode() + b"\0" + file.content + b"\0")
    return Site(files, whole.hexdigest()[:16])


def all_files() -> Iterator[tuple[str, File]]:
    """Yield the names and the files of all that is sent."""
    style = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("style/*.css")))
    yield STYLE, packed(style.encode(), STYLE_TYPE)
    for path in sorted(SAMPLE.glob("*/*")):
        name = f"sample/{path.parent.name}/{path.name}"
        yield name, packed(path.read_bytes(), SAMPLE_TYPES[path.suffix])
    yield from scripts()


def scripts() -> Iterator[tuple[str, File]]:
    """Yield the joined modules: for each language the core, and each page with its parts."""
    modules = read_modules()
    core = core_of(modules)
    known = areas_of(modules, core)
    pages = {
        page.name: ordered(modules, f"pages/{page.name}.mjs", frozenset(core)) for page in PAGES
    }
    for language in LANGUAGES:
        words = words_in(language, known)
        text = f"{CORE.format(words=words)}{joined(modules, core)}"
        yield f"{language}/core.mjs", packed(text.encode(), SCRIPT_TYPE)
        yield f"{language}/visitors.mjs", packed(visitors(modules, language), SCRIPT_TYPE)
        for name, names in pages.items():
            words = words_in(language, areas_of(modules, names) - known)
            text = PAGE.format(words=words, text=joined(modules, names), name=name)
            yield f"{language}/{name}.mjs", packed(text.encode(), SCRIPT_TYPE)


def visitors(modules: Mapping[str, Module], language: str) -> bytes:
    """Return the one script of shared pages: what they need of the core, and nothing else."""
    names = ordered(modules, VISITORS, frozenset())
    words = words_in(language, areas_of(modules, names))
    return f"{CORE.format(words=words)}{joined(modules, names)}".encode()


@cache
def widget_text() -> bytes:
    """Return the script that puts a shared assistant on a site."""
    return WIDGET.read_bytes()


def core_of(modules: Mapping[str, Module]) -> list[str]:
    """Return what every page has: all of `core`, of which nothing may be there twice."""
    core: list[str] = []
    for name in sorted(modules):
        if name.startswith("core/") and name != MAIN:
            core += ordered(modules, name, frozenset(core))
    return core + ordered(modules, MAIN, frozenset(core))


def words_in(language: str, areas: frozenset[str]) -> str:
    """Return the words of some areas in a language, as an object."""
    found = [orjson.loads(words_path(language, area).read_bytes()) for area in sorted(areas)]
    whole = {
        f"{area}.{name}": text
        for area, words in zip(sorted(areas), found, strict=True)
        for name, text in words.items()
    }
    return orjson.dumps(whole).decode()


def words_path(language: str, area: str) -> Path:
    """Return the file with the words of an area."""
    return FOLDER / "words" / language / f"{area}.json"


def areas_of(modules: Mapping[str, Module], names: list[str]) -> frozenset[str]:
    """Return the areas of words that some modules use."""
    known = {path.stem for path in FOLDER.glob("words/*/*.json")}
    return frozenset[str]().union(*(modules[name].areas & known for name in names))


def read_modules() -> dict[str, Module]:
    """Return all modules by their names."""
    packages = {one["imported_as"]: f"vendor/{one['file']}" for one in vendored()}
    paths = sorted(FOLDER.rglob("*.mjs"))
    names = [path.relative_to(FOLDER).as_posix() for path in paths]
    return {
        name: read_module(name, path.read_text("utf-8"), packages)
        for name, path in zip(names, paths, strict=True)
    }


def vendored() -> list[dict[str, str]]:
    """Return what is vendored: package, version, licence and hash of each file."""
    found: list[dict[str, str]] = orjson.loads((FOLDER / "vendor/vendored.json").read_bytes())
    return found


def packed(content: bytes, content_type: str) -> File:
    """Return a file with its short form."""
    return File(content, gzip.compress(content, 9, mtime=0), content_type)
