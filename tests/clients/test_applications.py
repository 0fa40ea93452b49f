"""The settings of `docs/clients/applications.md` can be read, and name addresses that answer."""

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from api.apps import app
from tests.running import ROOT

PAGE = (ROOT / "docs" / "clients" / "applications.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
SECTIONS = dict(SECTION.findall(PAGE))
SERVER = "http://127.0.0.1:9380"

EXPECTED = {
    "Open WebUI",
    "LibreChat",
    "VS Code",
    "Zed",
    "Cline",
    "Continue",
    "AnythingLLM",
    "Claude Desktop",
    "Dify",
}


def variables(text: str) -> dict[str, str]:
    """Return what a shell would set."""
    pairs = [word.partition("=") for word in shlex.split(text)]
    assert all(sign == "=" and re.fullmatch(r"[A-Z_]+", name) for name, sign, _ in pairs)
    return {name: value for name, _, value in pairs}


READERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "yaml": yaml.safe_load,
    "bash": variables,
}


def texts_in(value: Any) -> list[str]:
    """Return all texts within settings."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


def asked(section: str) -> set[tuple[str, str]]:
    """Return what a program is said to ask, by method and address."""
    return set(re.findall(r"`(GET|POST|PUT|DELETE) (/[\w/.]*)`", section))


def test_every_application_has_its_section() -> None:
    assert set(SECTIONS) == EXPECTED


@pytest.mark.parametrize("name", SECTIONS)
def test_what_a_program_asks_is_answered(name: str) -> None:
    adapter = app.url_map.bind("127.0.0.1")
    assert asked(SECTIONS[name])
    for method, path in asked(SECTIONS[name]):
        assert adapter.test(path, method), f"{method} {path}"


@pytest.mark.parametrize("name", SECTIONS)
def test_its_settings_can_be_read_and_lead_to_what_it_asks(name: str) -> None:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", SECTIONS[name], re.DOTALL | re.MULTILINE)
    assert blocks
    texts = [text for language, block in blocks for text in texts_in(READERS[language](block))]
    bases = [text.removeprefix(SERVER) for text in texts if text.startswith(SERVER)]
    assert bases
    paths = {path for _, path in asked(SECTIONS[name])}
    for base in bases:
        assert any(path == base or path.startswith(f"{base}/") for path in paths), base
    for path in paths:
        assert any(path == base or path.startswith(f"{base}/") for base in bases), path
    assert any("ragflow-..." in text or "${input:" in text for text in texts), "no key is named"
