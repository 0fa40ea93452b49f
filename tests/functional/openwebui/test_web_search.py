"""Searching the web: in chats, for plain completions, and for files of one's own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from api.container import Services
from tests.functional.identity.test_providers import change
from tests.functional.openwebui.front import MODEL, Front
from tests.functional.openwebui.library import detail, ok
from tests.model_endpoint import ModelEndpoint, event, serve, stream
from tests.search_engine import BRAVE, EXTERNAL, SEARXNG, TAVILY, SearchEngine, serve_search

pytestmark = pytest.mark.databases("sqlite")

SEARCH, CONFIG = "/api/v1/retrieval/process/web/search", "/api/v1/retrieval/config"
DONE = b"data: [DONE]\n\n"
ASKING = {"web_search": True}
LAMP = b"<title>Lamps</title><p>The lamp of Skerry is lit at dusk by the keeper.</p>"
OIL = b"<title>Oil</title><p>Oil for lamps comes by boat in March.</p>"


@pytest.fixture(scope="module")
def model_process() -> Iterator[ModelEndpoint]:
    """Run an endpoint with a chat model."""
    with serve() as found:
        yield found


@pytest.fixture(scope="module")
def engine_process() -> Iterator[SearchEngine]:
    """Run a search engine."""
    with serve_search() as found:
        yield found


@pytest.fixture
def talker(model_process: ModelEndpoint, services: Services) -> ModelEndpoint:
    """Return a chat model that is the default one."""
    model_process.forget()
    change(services, models={"chat_base_url": model_process.url, "chat_model": MODEL})
    return model_process


@pytest.fixture
def engine(engine_process: SearchEngine, services: Services) -> SearchEngine:
    """Return an engine that is asked, whose pages may be fetched."""
    engine_process.forget()
    use(services, engine_process, "searxng", SEARXNG)
    change(services, fetching={"internal": True})
    return engine_process


def use(services: Services, engine: SearchEngine, name: str, path: str, **more: Any) -> None:
    """Have an engine of a kind asked."""
    key = SecretStr("secret-key")
    told = {"enabled": "on", "engine": name, "url": f"{engine.url}{path}", "key": key}
    patient = {"timeout": 60, "page_timeout": 60}
    change(services, web_search=patient | told | more)


def says(talker: ModelEndpoint, text: str = "At dusk [1].") -> None:
    """Let the model answer."""
    talker.script.append(stream(event(content=text), DONE))


def told_to(talker: ModelEndpoint) -> str:
    """Return the last thing that a person said to the model, with what is known of it."""
    return str(talker.received[-1].body["messages"][-1]["content"])


def searches(front: Front) -> list[Any]:
    """Return what was told of the search."""
    return [one for one in front.told("status") if one.get("action") == "web_search"]


def test_an_answer_rests_on_pages_of_the_web_and_names_them(
    front: Front, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    lamp = engine.has("/lamp", LAMP, "Lamps of Skerry", "On lamps")
    oil = engine.has("/oil", OIL, "Oil", "On oil")
    says(talker)
    chat = front.ask("When is the lamp lit?", features=ASKING)
    assert engine.queries() == ["When is the lamp lit?"]
    begun, over = searches(front)
    assert (begun["done"], over["done"], over["urls"]) == (False, True, [lamp, oil])
    assert over["items"][0] == {"link": lamp, "title": "Lamps of Skerry", "snippet": "On lamps"}
    [asked] = [one for one in front.told("status") if one.get("action") == "queries_generated"]
    assert asked["queries"] == ["When is the lamp lit?"]
    first = front.sources()[0]
    assert (first["source"]["url"], first["source"]["type"]) == (lamp, "url")
    assert "lit at dusk by the keeper" in first["document"][0]
    assert (first["source"]["name"], first["metadata"][0]["url"]) == ("Lamps of Skerry", lamp)
    assert first["metadata"][0]["source"] == "Lamps of Skerry"
    assert 0 < first["distances"][0] <= 1
    told = told_to(talker)
    assert (
        f'<source id="1" name="Lamps of Skerry" resource-type="url" resource-id="{lamp}">' in told
    )
    assert "lit at dusk" in told
    kept = front.answer(chat)
    assert (kept["content"], kept["sources"][0]["source"]["url"]) == ("At dusk [1].", lamp)
    actions = [one.get("action") for one in kept["statusHistory"]]
    assert {"web_search", "queries_generated", "sources_retrieved"} <= set(actions)
    assert services.stores.knowledge_files.list_page(front.asker, 10, 0).total == 0


def test_a_model_writes_what_is_searched_for_where_that_is_on(
    front: Front, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    change(services, frontend={"queries": "on"})
    lamp = engine.has("/lamp", LAMP, "Lamps")
    queries = ["lamp of Skerry", "when are lamps lit"]
    says(talker, json.dumps({"queries": queries}))
    says(talker)
    front.ask("When is it lit?", features=ASKING)
    assert sorted(engine.queries()) == sorted(queries)
    [asked] = [one for one in front.told("status") if one.get("action") == "queries_generated"]
    assert asked["queries"] == queries
    assert [one["source"]["url"] for one in front.sources()] == [lamp]
    change(services, web_search={"enabled": "off"})
    talker.forget()
    says(talker, "No.")
    front.ask("And now?", features=ASKING)
    assert len(talker.received) == 1


def test_without_the_feature_and_while_it_is_off_nobody_is_asked(
    front: Front, web: FlaskClient, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    assert ok(web.get("/api/config"))["features"]["enable_web_search"] is True
    [model] = [one for one in ok(web.get("/api/models"))["data"] if one["id"] == MODEL]
    assert model["info"]["meta"]["capabilities"]["web_search"] is True
    says(talker, "Yes.")
    front.ask("Is it lit?")
    for off in ({"enabled": "off"}, {"enabled": "on", "engine": ""}):
        change(services, web_search=off)
        says(talker, "No.")
        chat = front.ask(f"Is it still lit, {len(off)}?", features=ASKING)
        [_, over] = searches(front)
        assert (over["error"], "not searched here" in over["description"]) == (True, True)
        assert "could not be" in told_to(talker)
        assert front.answer(chat)["content"] == "No."
        assert "not searched here" in detail(web.post(SEARCH, json={"queries": ["x"]}), 403)
        assert ok(web.get("/api/config"))["features"]["enable_web_search"] is False
    assert engine.asked == []


def test_who_lacks_the_permission_does_not_search(
    front: Front, web: FlaskClient, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    assert ok(web.get("/api/config"))["permissions"]["features"]["web_search"] is True
    change(services, auth={"denied": "web_search"})
    assert ok(web.get("/api/config"))["permissions"]["features"]["web_search"] is False
    assert "web_search" in detail(web.post(SEARCH, json={"queries": ["x"]}), 403)
    says(talker)
    front.ask("When?", features=ASKING)
    assert "`web_search`" in searches(front)[-1]["description"]
    assert engine.asked == []


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ({"status": 429}, "asked too often"),
        ({"status": 401}, "web_search.key"),
        ({"status": 503}, "503"),
        ({"body": b"{broken"}, "another form"),
        ({"body": b"[" * 100_000}, "another form"),
        ({"body": b'{"results": 7}'}, "another form"),
        ({"body": b'"' + b"x" * (3 << 20) + b'"'}, "bytes"),
        ({"hangs": True}, "0.5 seconds"),
    ],
)
def test_an_engine_that_fails_costs_the_answer_its_sources_and_no_more(
    front: Front,
    web: FlaskClient,
    talker: ModelEndpoint,
    services: Services,
    engine: SearchEngine,
    trouble: dict[str, Any],
    said: str,
) -> None:
    change(services, web_search={"timeout": 0.5 if "hangs" in trouble else 60})
    engine.has("/lamp", LAMP, "Lamps")
    for name, value in trouble.items():
        setattr(engine, name, value)
    says(talker, "I do not know.")
    chat = front.ask("When is the lamp lit?", features=ASKING)
    over = searches(front)[-1]
    assert (over["done"], over["error"], said in over["description"]) == (True, True, True), over
    assert "could not be" in told_to(talker)
    assert front.answer(chat)["content"] == "I do not know."
    assert front.sources() == []
    refused = web.post(SEARCH, json={"queries": ["lamp"]})
    assert said in detail(refused, 503)
    engine.ended.set()
    engine.ended.clear()


@pytest.mark.parametrize("url", ["http://ada:secret@127.0.0.1:1/", "http://none.invalid/"])
def test_an_address_that_leads_nowhere_is_named_by_its_setting(
    web: FlaskClient, engine: SearchEngine, services: Services, url: str
) -> None:
    change(services, web_search={"url": url})
    said = detail(web.post(SEARCH, json={"queries": ["lamp"]}), 503)
    assert said.startswith("web_search.url: ")
    assert "secret" not in said
    assert engine.asked == []


def test_an_engine_that_is_away_is_told(
    front: Front, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    change(services, web_search={"url": "http://127.0.0.1:1/search"})
    says(talker, "No.")
    front.ask("When?", features=ASKING)
    assert "takes no connection" in searches(front)[-1]["description"]
    change(services, web_search={"url": ""})
    says(talker, "No.")
    front.ask("And now?", features=ASKING)
    assert "web_search.url" in searches(front)[-1]["description"]
    assert engine.asked == []


def test_of_a_page_that_cannot_be_had_there_is_what_the_engine_says(
    front: Front, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    change(services, web_search={"results": 10, "page_bytes": 1 << 20})
    engine.has("/lamp", LAMP, "Lamps")
    long = engine.has("/long", b"x" * (1 << 20), "Long", "A long page on tides", repeats=50)
    engine.results += [
        (f"{engine.url}/gone", "Gone", "A page on storms that is gone"),
        ("http://[broken", "Broken", "Not an address"),
        ("javascript:alert(1)", "Script", "Not an address"),
        (f"{engine.url}/movie", "Movie", "A film about the sea"),
    ]
    engine.pages["/movie"] = engine.pages["/lamp"]._replace(media_type="video/x-unknown")
    says(talker)
    front.ask("When is the lamp lit?", features=ASKING)
    found = {one["source"]["url"]: one["document"] for one in front.sources()}
    assert len(found) == 4
    assert "lit at dusk" in found[f"{engine.url}/lamp"][0]
    assert found[long] == ["A long page on tides"]
    assert found[f"{engine.url}/gone"] == ["A page on storms that is gone"]
    assert found[f"{engine.url}/movie"] == ["A film about the sea"]


def test_addresses_of_the_servers_own_network_are_not_fetched(
    front: Front, web: FlaskClient, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    change(services, fetching={"internal": False})
    lamp = engine.has("/lamp", LAMP, "Lamps", "What the engine says")
    says(talker)
    front.ask("When is the lamp lit?", features=ASKING)
    [source] = front.sources()
    assert (source["source"]["url"], source["document"]) == (lamp, ["What the engine says"])
    assert engine.read == []
    found = ok(web.post(SEARCH, json={"queries": ["lamp"]}))
    assert (found["collection_names"], found["loaded_count"]) == ([], 0)
    assert found["items"] == [{"link": lamp, "title": "Lamps", "snippet": "What the engine says"}]
    assert engine.read == []


def test_pages_are_told_whole_where_that_is_set_and_they_have_room(
    front: Front, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    change(services, web_search={"whole": "on", "results": 10}, frontend={"passages": 1})
    ways = "".join(f"<p>Way {at}: {'along the shore ' * 60}</p>" for at in range(40))
    lamp = engine.has("/lamp", LAMP, "Lamps", "On lamps")
    walk = engine.has("/walk", f"<title>Walks</title>{ways}".encode(), "Walks", "On walks")
    more = engine.has("/more", f"<title>More</title>{ways * 4}".encode(), "More", "On more walks")
    gone = f"{engine.url}/gone"
    engine.results.append((gone, "Gone", "On what is gone"))
    says(talker)
    front.ask("When is the lamp lit?", features=ASKING)
    told = {one["source"]["url"]: one for one in front.sources()}
    assert [*told][:3] == [lamp, walk, gone]
    assert "lit at dusk" in told[lamp]["document"][0]
    assert all(f"Way {at}:" in told_to(talker) for at in range(40))
    assert told[gone]["document"] == ["On what is gone"]
    assert (len(told_to(talker)) < 60_000, len(told[more]["document"])) == (True, 1)
    assert told[walk]["distances"] == [1.0]


def test_pages_are_left_unread_where_that_is_set(
    front: Front, talker: ModelEndpoint, engine: SearchEngine, services: Services
) -> None:
    change(services, web_search={"pages": "off"})
    engine.has("/lamp", LAMP, "Lamps", "Lit at dusk, says the engine")
    says(talker)
    front.ask("When is the lamp lit?", features=ASKING)
    assert [one["document"] for one in front.sources()] == [["Lit at dusk, says the engine"]]
    assert engine.read == []


@pytest.mark.parametrize(
    ("name", "path", "asked", "header"),
    [
        ("searxng", f"{SEARXNG}?q=<query>&language=de", {"language": "de", "format": "json"}, None),
        ("searxng", "", {"format": "json"}, None),
        ("brave", BRAVE, {"count": "2"}, ("X-Subscription-Token", "secret-key")),
        ("tavily", TAVILY, {"max_results": 2}, ("Authorization", "Bearer secret-key")),
        ("external", EXTERNAL, {"count": 2}, ("Authorization", "Bearer secret-key")),
    ],
)
def test_each_engine_is_asked_in_its_own_form(
    web: FlaskClient,
    services: Services,
    engine: SearchEngine,
    name: str,
    path: str,
    asked: dict[str, Any],
    header: tuple[str, str] | None,
) -> None:
    use(services, engine, name, path, results=2, pages="off")
    for number in range(3):
        engine.has(f"/{number}", LAMP, f"Page {number}", f"On\n\x07lamps {number}")
    found = ok(web.post(SEARCH, json={"queries": ["  the lamp\n of Skerry "]}))
    assert engine.queries() == ["the lamp of Skerry"]
    [request] = engine.asked
    assert asked.items() <= request.told.items()
    if header:
        assert request.headers[header[0]] == header[1]
    assert [one["title"] for one in found["items"]] == ["Page 0", "Page 1"]
    assert found["items"][0]["snippet"].startswith("On lamps 0")
    assert "<" not in found["items"][0]["snippet"]


def test_domains_are_let_through_or_left_out(
    web: FlaskClient, services: Services, engine: SearchEngine
) -> None:
    engine.results += [
        (f"https://{host}/x", host, "")
        for host in ("example.org", "a.example.org", "bad.example.org", "notexample.org")
    ]
    for domains, hosts in (
        ("", ["example.org", "a.example.org", "bad.example.org", "notexample.org"]),
        ("Example.org, !bad.example.org", ["example.org", "a.example.org"]),
        ("!example.org", ["notexample.org"]),
    ):
        change(services, web_search={"domains": domains, "results": 10, "pages": "off"})
        found = ok(web.post(SEARCH, json={"queries": ["x"]}))
        assert [one["title"] for one in found["items"]] == hosts


def test_pages_are_kept_as_files_where_a_client_wants_collections(
    web: FlaskClient, other: FlaskClient, engine: SearchEngine
) -> None:
    engine.has("/lamp.html", LAMP, "Lamps")
    engine.has("/oil.html", OIL, "Oil")
    engine.failing.add("never")
    found = ok(web.post(SEARCH, json={"queries": ["lamps", "never"]}))
    assert sorted(engine.queries()) == ["lamps", "never"]
    assert (found["status"], found["loaded_count"]) == (True, 2)
    assert [one["title"] for one in found["items"]] == ["Lamps", "Oil"]
    ids = [name.removeprefix("file-") for name in found["collection_names"]]
    assert [ok(web.get(f"/api/v1/files/{one}"))["filename"] for one in ids] == found["filenames"]
    detail(other.get(f"/api/v1/files/{ids[0]}"), 404)
    for wrong in ({}, {"queries": []}, {"queries": [""]}, {"queries": ["x"] * 6}):
        assert "queries" in detail(web.post(SEARCH, json=wrong), 422)


def test_a_completion_without_a_chat_searches_too(
    web: FlaskClient, talker: ModelEndpoint, engine: SearchEngine
) -> None:
    lamp = engine.has("/lamp", LAMP, "Lamps")
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "When is the lamp lit?"}],
        "features": ASKING,
        "stream": True,
    }
    says(talker)
    streamed = web.post("/api/chat/completions", json=body).text.split("\n\n")
    first = json.loads(streamed[0].removeprefix("data: "))
    assert [one["source"]["url"] for one in first["sources"]] == [lamp]
    assert "lit at dusk" in told_to(talker)
    engine.status = 429
    says(talker, "Sorry.")
    assert "Sorry." in web.post("/api/chat/completions", json=body).text
    assert "asked too often" in told_to(talker)


def test_assistants_answer_from_the_web_beside_their_own_passages(
    front: Front, web: FlaskClient, talker: ModelEndpoint, engine: SearchEngine
) -> None:
    lamp = engine.has("/lamp", LAMP, "Lamps")
    ok(
        web.post(
            "/api/v1/models/create", json={"id": "guide", "name": "Guide", "base_model_id": MODEL}
        )
    )
    says(talker)
    chat = front.ask("When is the lamp lit?", model="guide", features=ASKING)
    assert [one["source"]["url"] for one in front.sources()] == [lamp]
    assert "lit at dusk" in json.dumps(talker.received[-1].body)
    assert front.answer(chat)["content"] == "At dusk [1]."
    body = {
        "model": "guide",
        "messages": [{"role": "user", "content": "When?"}],
        "features": ASKING,
    }
    says(talker)
    whole = ok(web.post("/api/chat/completions", json=body))
    assert [one["source"]["url"] for one in whole["sources"]] == [lamp]


def test_administrators_say_which_engine_is_asked(
    admin: FlaskClient, web: FlaskClient, services: Services
) -> None:
    shown = ok(admin.get(CONFIG))["web"]
    assert (shown["ENABLE_WEB_SEARCH"], shown["WEB_SEARCH_ENGINE"]) == (False, "")

    def said(**values: Any) -> Any:
        return ok(admin.post(f"{CONFIG}/update", json={"web": {**shown, **values}}))["web"]

    wanted = {
        "ENABLE_WEB_SEARCH": True,
        "WEB_SEARCH_ENGINE": "brave",
        "BRAVE_SEARCH_API_KEY": "hidden-one",
        "WEB_SEARCH_RESULT_COUNT": 5,
        "WEB_SEARCH_CONCURRENT_REQUESTS": 1,
        "WEB_LOADER_CONCURRENT_REQUESTS": 2,
        "WEB_SEARCH_DOMAIN_FILTER_LIST": ["example.org", "!bad.example.org"],
        "BYPASS_WEB_SEARCH_WEB_LOADER": True,
        "BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL": True,
        "ENABLE_WEB_SEARCH_CONFIRMATION": True,
        "WEB_SEARCH_CONFIRMATION_CONTENT": "May this leave the house?",
    }
    changed = said(**wanted)
    assert changed["BRAVE_SEARCH_API_KEY"] == "********"
    assert {name: changed[name] for name in wanted if "KEY" not in name}.items() <= wanted.items()
    now = services.live.current.web_search
    assert (now.engine, now.url, now.key.get_secret_value()) == ("brave", "", "hidden-one")
    assert (now.results, now.requests_at_once, now.pages_at_once, now.pages) == (5, 1, 2, "off")
    assert (now.is_on, now.whole) == (True, "on")
    features = ok(web.get("/api/config"))["features"]
    assert features["enable_web_search_confirmation"] is True
    assert features["web_search_confirmation_content"] == "May this leave the house?"
    shown = changed
    assert said(WEB_SEARCH_RESULT_COUNT=4)["BRAVE_SEARCH_API_KEY"] == "********"
    assert services.live.current.web_search.key.get_secret_value() == "hidden-one"
    searx = {
        "WEB_SEARCH_ENGINE": "searxng",
        "SEARXNG_QUERY_URL": "http://searx.example/search",
        "SEARXNG_LANGUAGE": "de",
    }
    changed = said(**searx)
    assert (changed["SEARXNG_QUERY_URL"], changed["BRAVE_SEARCH_API_KEY"]) == (
        "http://searx.example/search",
        "",
    )
    now = services.live.current.web_search
    assert (now.key.get_secret_value(), now.language) == ("", "de")
    shown = changed
    for values, status, name in (
        ({"WEB_SEARCH_ENGINE": "duckduckgo"}, 501, "duckduckgo"),
        ({"TAVILY_API_KEY": "x"}, 400, "TAVILY_API_KEY"),
        ({"WEB_SEARCH_TRUST_ENV": True}, 501, "WEB_SEARCH_TRUST_ENV"),
        ({"WEB_SEARCH_RESULT_COUNT": 0}, 422, "WEB_SEARCH_RESULT_COUNT"),
        ({"WEB_SEARCH_DOMAIN_FILTER_LIST": ["no domain"]}, 422, "no domain"),
        ({"SEARXNG_QUERY_URL": "searx"}, 422, "web_search.url"),
    ):
        refused = admin.post(f"{CONFIG}/update", json={"web": {**shown, **values}})
        assert name in detail(refused, status), values
    exported = ok(admin.get("/api/v1/configs/export"))
    assert (exported["web.search.enable"], exported["web.search.result_count"]) == (True, 5)
    detail(web.post(f"{CONFIG}/update", json={"web": wanted}), 403)
