"""The files of the console: vendored as they were, joined without a loss, in two languages."""

import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from api.errors import StartError
from api.web.addresses import PAGES
from api.web.files import (
    FOLDER,
    LANGUAGES,
    TEMPLATES,
    WIDGET,
    core_of,
    read_modules,
    site,
    vendored,
)
from api.web.joining import joined, ordered, read_module
from api.web.words import AREA

LICENCES = {"MIT", "Apache-2.0"}
SCRIPT_LIMIT = 45_000
STYLE_LIMIT = 10_000
WIDGET_LIMIT = 3_000

PLACEHOLDER = re.compile(r"\{(\w+)\}")
USED = re.compile(r'"(([a-z_]+)\.\w[\w.]*)"')
BY_PART = re.compile(r"\b(?:t|hasText)\(\s*`([\w.]+)\$\{")
IN_TEMPLATE_BY_PART = re.compile(r'\bt\("(\w+)" ~')
IN_TEMPLATE = re.compile(r'\bt\("(\w+)"\)')


def sources() -> Iterator[Path]:
    for path in sorted(FOLDER.rglob("*.mjs")):
        if path.parent.name != "vendor":
            yield path


def words(language: str) -> dict[str, str]:
    return {
        f"{path.stem}.{name}": text
        for path in sorted((FOLDER / "words" / language).glob("*.json"))
        for name, text in orjson.loads(path.read_bytes()).items()
    }


def bare(name: str) -> str:
    return re.sub(r"\.(one|other)$", "", name)


def test_what_is_vendored_is_what_was_published() -> None:
    found = vendored()
    for one in found:
        content = (FOLDER / "vendor" / one["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == one["sha256"], one["file"]
        assert one["licence"] in LICENCES
        assert one["version"]
        assert (FOLDER / "vendor" / one["licence_text"]).is_file()
    there = {path.name for path in (FOLDER / "vendor").iterdir()}
    listed = {one["file"] for one in found} | {one["licence_text"] for one in found}
    assert there == {"vendored.json", *listed}


def test_the_languages_have_the_same_texts_with_the_same_values() -> None:
    english, *others = (words(language) for language in LANGUAGES)
    for other in others:
        assert other.keys() == english.keys()
        for name, text in english.items():
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(other[name])), name
            assert other[name].strip(), name
    for name in english:
        if name.endswith(".one"):
            assert f"{bare(name)}.other" in english, name


def test_each_text_that_is_used_exists_and_each_one_is_used() -> None:
    known = {bare(name) for name in words("en")}
    areas = {name.partition(".")[0] for name in known}
    used, parts = set[str](), set[str]()
    for path in sources():
        text = path.read_text("utf-8")
        used |= {name for name, area in USED.findall(text) if area in areas}
        parts |= set(BY_PART.findall(text))
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text("utf-8")
        used |= {f"{AREA}.{name}" for name in IN_TEMPLATE.findall(text)}
        parts |= {f"{AREA}.{name}" for name in IN_TEMPLATE_BY_PART.findall(text)}
    assert used - known == set()
    assert {name for name in known - used if not name.startswith(tuple(parts))} == set()


def test_no_module_makes_markup_of_a_text_or_runs_one() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://"
    )
    for path in sources():
        assert not forbidden.search(path.read_text("utf-8")), path


def test_each_page_has_its_module_and_its_words() -> None:
    for page in PAGES:
        assert (FOLDER / "pages" / f"{page.name}.mjs").is_file(), page.name
        for language in LANGUAGES:
            assert (FOLDER / "words" / language / f"{page.name}.json").is_file(), page.name
            assert f"{language}/{page.name}.mjs" in site().files
        if page.icon:
            assert f"rail.{page.name}" in words("en"), page.name


def test_a_page_is_within_its_budget_of_bytes() -> None:
    files = site().files
    assert len(files["style.css"].packed) < STYLE_LIMIT
    for language in LANGUAGES:
        core = len(files[f"{language}/core.mjs"].packed)
        for page in PAGES:
            assert core + len(files[f"{language}/{page.name}.mjs"].packed) < SCRIPT_LIMIT, page.name
        assert len(files[f"{language}/visitors.mjs"].packed) < SCRIPT_LIMIT
    assert len(WIDGET.read_bytes()) < WIDGET_LIMIT


def test_what_is_sent_packed_is_the_same() -> None:
    for file in site().files.values():
        assert gzip.decompress(file.packed) == file.content


def test_nothing_of_the_core_is_twice_and_no_page_has_it_again() -> None:
    modules = read_modules()
    core = core_of(modules)
    assert len(core) == len(set(core))
    for page in PAGES:
        own = ordered(modules, f"pages/{page.name}.mjs", frozenset(core))
        assert not set(own) & set(core)


def test_modules_are_joined_in_the_order_of_their_needs() -> None:
    texts = {
        "a/one.mjs": 'import { two as second } from "./two.mjs";\nexport const one = second + 1;',
        "a/two.mjs": 'import whole from "thing";\nexport function two() {\n  return whole;\n}',
        "v/thing.mjs": "const x=1;export{x as y,x as z};export default function(){return x}",
    }
    modules = {
        name: read_module(name, text, {"thing": "v/thing.mjs"}) for name, text in texts.items()
    }
    names = ordered(modules, "a/one.mjs", frozenset())
    assert names == ["v/thing.mjs", "a/two.mjs", "a/one.mjs"]
    assert joined(modules, names).splitlines() == [
        '$modules["v/thing.mjs"] = (() => {',
        "const x=1;const $default = function(){return x}",
        "return { y: x, z: x, default: $default };",
        "})();",
        '$modules["a/two.mjs"] = (() => {',
        'const { default: whole } = $modules["v/thing.mjs"];',
        "function two() {",
        "  return whole;",
        "}",
        "return { two };",
        "})();",
        '$modules["a/one.mjs"] = (() => {',
        'const { two: second } = $modules["a/two.mjs"];',
        "const one = second + 1;",
        "return { one };",
        "})();",
    ]


@pytest.mark.parametrize("text", ['import { b } from "./b.mjs";', 'import { a } from "./a.mjs";'])
def test_a_module_that_is_missing_or_needs_itself_is_named(text: str) -> None:
    modules = {"a.mjs": read_module("a.mjs", text, {})}
    with pytest.raises(StartError, match=r"\.mjs is missing, or needs itself"):
        ordered(modules, "a.mjs", frozenset())


def test_a_package_that_is_not_vendored_is_named() -> None:
    with pytest.raises(StartError, match=r"a\.mjs imports lodash, which is not vendored"):
        read_module("a.mjs", 'import { b } from "lodash";', {})


def test_own_modules_are_written_in_the_forms_that_are_joined() -> None:
    form = re.compile(r"^(import|export (?!(async )?function|const \w|class |\{))", re.MULTILINE)
    for path in sources():
        module = read_module(path.name, path.read_text("utf-8"), {})
        assert not form.search(module.text), path
        assert not re.search(r"^export (let|var|default)\b", path.read_text("utf-8"), re.MULTILINE)
