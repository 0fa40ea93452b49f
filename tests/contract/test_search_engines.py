"""What every search engine offers: it asks in its own form, and reads whatever comes."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from api.config.web_search import WebSearchSettings
from api.errors import FetchError, NotConfiguredError
from api.fetching.engines.base import Engine, Found
from api.fetching.engines.registry import ENGINES, open_engine

PLACES = {"searxng": "http://searx.example", "external": "http://own.example/find"}
"""Where those are that are nowhere by themselves."""

ANSWERS = {
    "searxng": {"results": [{"url": "http://a/", "title": "A", "content": "On a"}]},
    "brave": {"web": {"results": [{"url": "http://a/", "title": "A", "description": "On a"}]}},
    "tavily": {"results": [{"url": "http://a/", "title": "A", "content": "On a"}]},
    "external": [{"link": "http://a/", "title": "A", "snippet": "On a"}],
}


@pytest.fixture(params=sorted(ENGINES))
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of an engine."""
    return str(request.param)


@pytest.fixture
def engine(name: str) -> Engine:
    """Return an engine."""
    return opened(engine=name, url=PLACES.get(name, ""), key="secret-key")


def opened(**settings: object) -> Engine:
    """Return the engine of settings."""
    return open_engine(WebSearchSettings.model_validate(settings))


def test_it_is_asked_at_its_address_and_its_key_stands_in_no_address(engine: Engine) -> None:
    request = engine.request("lamps & oil", 3)
    assert request.url.startswith(engine.address)
    assert "secret-key" not in request.url + repr(request)
    assert b"lamps" in request.url.encode() + request.body


def test_what_it_answers_is_pages(engine: Engine, name: str) -> None:
    assert list(engine.found(ANSWERS[name])) == [Found("http://a/", "A", "On a")]


@pytest.mark.parametrize("told", [None, 7, "x", {"results": 7, "web": {}}, {"web": 7}])
def test_another_form_is_an_error(engine: Engine, told: object) -> None:
    with pytest.raises(FetchError, match="another form"):
        list(engine.found(told))


def test_what_is_no_page_is_left_out(engine: Engine, name: str) -> None:
    text = json.dumps(ANSWERS[name])
    for address in ("", "ftp://a/", "javascript:x", "http://", "http://[a", f"http://{'a' * 2000}"):
        told = json.loads(text.replace("http://a/", address))
        assert list(engine.found(told)) == []
    for row in ("7", "null", "{}"):
        told = json.loads(text.replace(text[text.rindex("{") : text.index("}") + 1], row))
        assert list(engine.found(told)) == []


def test_its_texts_are_lines(engine: Engine, name: str) -> None:
    text = json.dumps(ANSWERS[name])
    told = json.loads(text.replace('"A"', '"\\u0000 a\\ud800\\n\\tb"').replace('"On a"', "[1]"))
    assert list(engine.found(told)) == [Found("http://a/", "a b", "")]
    nameless = json.loads(text.replace('"A"', "null"))
    assert list(engine.found(nameless)) == [Found("http://a/", "http://a/", "On a")]


def test_a_language_is_said_where_an_engine_knows_it() -> None:
    for url, language, wanted in (
        ("http://searx.example", "", None),
        ("http://searx.example?language=de&safesearch=1", "", "de"),
        ("http://searx.example?language=de&safesearch=1", "fr", "fr"),
    ):
        asked = opened(engine="searxng", url=url, language=language).request("x", 3).url
        told = parse_qs(urlsplit(asked).query)
        assert told.get("language", [None]) == [wanted]
        assert ("safesearch" in told) == ("safesearch" in url)


def test_one_that_is_nowhere_needs_an_address(name: str) -> None:
    if name in PLACES:
        with pytest.raises(NotConfiguredError, match=r"web_search\.url"):
            opened(engine=name)
    else:
        assert opened(engine=name).address.startswith("https://")


def test_without_a_name_there_is_none() -> None:
    with pytest.raises(NotConfiguredError, match=r"web_search\.engine"):
        opened()
