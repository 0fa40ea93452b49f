"""What the documentation says is so: routes, commands, names, links and paths.

That settings and errors are documented is proved beside their own tests.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from api.cli.main import main
from api.config.section import Section
from api.config.settings import Settings
from api.config.sources import NO_SETTINGS
from api.db.connection import open_database
from api.errors import StartError
from api.http.application import create_app
from api.redis_clients import FORMS
from api.schemas.parser_config import DOCUMENT_METHODS
from rag.chunking.registry import find_chunker, implemented_methods
from rag.engines.registry import open_chunk_store
from rag.errors import ConfigurationError
from rag.llm.registry import open_chat_model, open_embedder
from rag.storage.registry import open_object_store
from tests.running import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
UNBUILT = {"conf/local.service_conf.yaml", "docs/"}
"""What pages name that is not in the repository: what users add."""

OF_FLASK = {"HEAD", "OPTIONS"}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


# Routes.


def served() -> set[tuple[str, str]]:
    rules = create_app().url_map.iter_rules()
    found = {(method, rule.rule) for rule in rules for method in (rule.methods or set()) - OF_FLASK}
    return found | {("GET", "/health")}  # is answered before there are rules


PAGES_OF_ROUTES = (
    "api",
    "anthropic",
    "console",
    "dify",
    "identity",
    "mcp",
    "ollama",
    "openai",
    "openapi",
    "openwebui",
    "reading",
    "rerank",
    "scim",
)


def page_of_routes() -> str:
    """Return the pages that have a table of the routes of a door."""
    return "\n".join(page(f"{name}.md") for name in PAGES_OF_ROUTES)


def documented() -> list[tuple[str, str]]:
    row = r"^\| ([A-Z, ]+) \| `(/\S*)` \| \S.*\. \|$"
    rows = re.findall(row, page_of_routes(), re.MULTILINE)
    return [(method, path) for methods, path in rows for method in methods.split(", ")]


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    assert set(documented()) == served()
    assert len(documented()) == len(served()), "a route has two lines"


def test_every_line_that_looks_like_a_route_was_read() -> None:
    row = r"^\| [A-Z, ]+ \| `/.*$"
    rows = re.findall(row, page_of_routes(), re.MULTILINE)
    methods = sum(row.split("|")[1].count(",") + 1 for row in rows)
    assert methods == len(set(documented()))


def test_what_answers_to_get_answers_to_head_and_options_too() -> None:
    for rule in create_app().url_map.iter_rules():
        methods = rule.methods or set()
        assert "GET" not in methods or methods >= OF_FLASK, rule


# Names.


def listed(build: Callable[[], object]) -> list[str]:
    """Return the names that a refusal of an unknown one lists."""
    with pytest.raises((ConfigurationError, StartError)) as caught:
        build()
    text = str(caught.value)
    named = re.search(r"(?:use|choose) one of (.*)\.$", text) or re.search(
        r"begin with (.*),", text
    )
    assert named, text
    return re.split(r", | or ", named[1])


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(
            lambda: listed(lambda: open_chunk_store("x://", str.split)), id="chunk stores"
        ),
        pytest.param(lambda: listed(lambda: open_object_store("x://")), id="storages"),
        pytest.param(lambda: listed(lambda: open_database("x://", 1, 1)), id="databases"),
        pytest.param(lambda: [f"{form}://" for form in FORMS], id="Redis"),
    ],
)
def test_every_kind_of_address_is_in_the_settings_page(names: Callable[[], list[str]]) -> None:
    found = names()
    assert len(found) >= 2
    for name in found:
        assert f"`{name.removesuffix('://')}://" in page("settings.md"), name


@pytest.mark.parametrize("build", [open_embedder, open_chat_model])
def test_every_bundled_model_is_in_the_settings_page(build: Callable[[str, str], object]) -> None:
    for name in listed(lambda: build("builtin", "x")):
        assert re.search(rf"`{name}(@Builtin)?`", page("settings.md")), name


def test_every_chunk_method_is_in_the_api_page_as_what_it_is() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*) \|$", page("api.md"), re.MULTILINE)
    told = {name: text for names, text in rows for name in re.findall(r"`(\w+)`", names)}
    for name in DOCUMENT_METHODS:
        assert name in told
    for name in told.keys() & (DOCUMENT_METHODS | {"resume"}):
        assert ("not implemented" in told[name]) == (name not in implemented_methods())
    with pytest.raises(ConfigurationError):
        find_chunker("knowledge_graph")


# Commands.


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)


COMMANDS = list(commands(main))


def test_every_command_has_an_example() -> None:
    examples = [" ".join(words) + " " for words in examples_of(page("cli.md"))]
    for path in COMMANDS:
        command = " ".join(("raglan", *path))
        assert any(example.startswith(f"{command} ") for example in examples), command
        assert f"### `raglan {path[0]}`" in page("cli.md")


def examples_of(text: str) -> Iterator[list[str]]:
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in block.splitlines() if language != "python" else ():
            if line.removeprefix(".venv/bin/").startswith("raglan "):
                yield ["raglan", *shlex.split(line)[1:]]


def test_every_example_has_words_that_the_command_knows() -> None:
    examples = [words for path in PAGES for words in examples_of(path.read_text(encoding="utf-8"))]
    assert len(examples) > 100
    for words in examples:
        assert unknown_options(words) == set(), words


def unknown_options(words: list[str]) -> set[str]:
    """Return the options of an example that its command does not have."""
    command: click.Command = main
    known = {name for option in main.params for name in option.opts}
    for word in words[1:]:
        if isinstance(command, click.Group) and not word.startswith("-"):
            found = command.get_command(click.Context(command), word)
            assert found is not None or command is not main, word
            command = found or command
            known |= {name for option in command.params for name in option.opts}
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    return options - known - {"--help"}


def test_every_option_of_a_command_is_named() -> None:
    text = page("cli.md")
    for path in COMMANDS:
        command: click.Command = main
        for name in path:
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), name)
            assert found is not None
            command = found
        for option in command.params:
            for name in option.opts:
                assert not name.startswith("--") or name in text, (path, name)


# Variables, links and paths.


def test_every_variable_is_one_that_something_reads() -> None:
    known = {
        f"RAGLAN_{name.upper()}" for name, value in Settings() if not isinstance(value, Section)
    }
    for section, value in Settings():
        if isinstance(value, Section):
            known |= {f"RAGLAN_{section}__{key}".upper() for key, _ in value}
    known |= {*NO_SETTINGS, "RAGLAN_SECTION__KEY"}
    for path in PAGES:
        named = set(re.findall(r"RAGLAN_[A-Z][A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
        assert named <= known, relative(path)


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the anchors of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(map(slug, headings))


def test_every_link_leads_somewhere() -> None:
    for path in PAGES:
        text = re.sub(
            r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            wanted = (path.parent / file).resolve() if file else path
            assert wanted.exists(), (relative(path), target)
            assert not anchor or anchor in anchors(wanted), (relative(path), target)


def test_every_path_of_the_repository_that_is_named_exists() -> None:
    named = {
        name: relative(path)
        for path in PAGES
        for name in re.findall(
            r"`((?:\./)?(?:api|rag|tests|conf|docs|benchmarks)/[\w./*-]*)`",
            path.read_text(encoding="utf-8"),
        )
    }
    assert len(named) > 100
    for name, where in named.items():
        found = name in UNBUILT or any(ROOT.glob(name.removeprefix("./").rstrip("/")))
        assert found, (where, name)
