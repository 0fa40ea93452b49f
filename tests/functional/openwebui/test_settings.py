"""Pages of settings of the front end's administrators: they are the settings of the server."""

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.library import API, data_of
from tests.functional.openwebui.library import detail, ok

pytestmark = pytest.mark.databases("sqlite")

GENERAL = "/api/v1/auths/admin/config"
CONFIGS = "/api/v1/configs"
PAGES = (
    GENERAL,
    *(f"{GENERAL}/{name}" for name in ("oauth", "ldap", "ldap/server")),
    *(f"{CONFIGS}/{name}" for name in ("models", "subagents", "code_execution", "connections")),
    *(f"{CONFIGS}/{name}" for name in ("terminal_servers", "tool_servers", "export")),
    *("/api/v1/retrieval/config", "/api/v1/retrieval/embedding", "/api/v1/chats/config"),
    *("/api/v1/images/config", "/api/v1/audio/config"),
)
WRITTEN = {
    "/api/v1/retrieval/config": "/api/v1/retrieval/config/update",
    "/api/v1/retrieval/embedding": "/api/v1/retrieval/embedding/update",
    "/api/v1/images/config": "/api/v1/images/config/update",
    "/api/v1/audio/config": "/api/v1/audio/config/update",
}


def test_what_a_page_shows_it_takes_back_and_nothing_changes(
    admin: FlaskClient, web: FlaskClient, services: Services
) -> None:
    before = services.live.current
    for page in PAGES:
        detail(web.get(page), 403)
        shown = ok(admin.get(page))
        if page.endswith("export"):
            assert ok(admin.post(f"{CONFIGS}/import", json={"config": shown})) == shown
        else:
            assert ok(admin.post(WRITTEN.get(page, page), json=shown)) == shown, page
    tasks = ok(web.get("/api/v1/tasks/config"))
    assert ok(admin.post("/api/v1/tasks/config/update", json=tasks)) == tasks
    assert services.live.current == before


def test_the_general_page_changes_settings_of_the_server(
    admin: FlaskClient, web: FlaskClient, services: Services
) -> None:
    shown = ok(admin.get(GENERAL))
    assert (shown["ENABLE_SIGNUP"], shown["DEFAULT_USER_ROLE"]) == (False, "user")
    wanted = {
        "SHOW_ADMIN_DETAILS": True,
        "ADMIN_EMAIL": "help@example.org",
        "WEBUI_URL": "https://chat.example.org",
        "ENABLE_SIGNUP": True,
        "ENABLE_API_KEYS": False,
        "DEFAULT_USER_ROLE": "pending",
        "DEFAULT_INTERFACE_SETTINGS": {"widescreenMode": True},
        "JWT_EXPIRES_IN": "36h",
        "ENABLE_MESSAGE_RATING": False,
        "ENABLE_FOLDERS": False,
        "ENABLE_MEMORIES": False,
        "ENABLE_USER_STATUS": False,
        "ENABLE_USER_WEBHOOKS": True,
        "RESPONSE_WATERMARK": "By a model.",
    }
    changed = ok(admin.post(GENERAL, json={**shown, **wanted}))
    assert {name: changed[name] for name in wanted} == wanted
    now = services.live.current
    assert (now.auth.sign_up, now.auth.default_role, now.auth.denied) == ("on", "pending", "keys")
    assert (now.auth.session_days, now.server.public_url) == (1.5, "https://chat.example.org")
    config = ok(web.get("/api/config"))
    assert config["ui"]["response_watermark"] == "By a model."
    assert config["ui"]["default_interface_settings"] == {"widescreenMode": True}
    switched = ("folders", "memories", "message_rating", "user_status")
    assert not any(config["features"][f"enable_{name}"] for name in switched)
    assert config["features"]["enable_signup"] is True
    detail(web.get("/api/v1/folders/"), 403)
    detail(web.get("/api/v1/memories/"), 403)
    detail(web.post("/api/v1/users/user/status/update", json={"status_emoji": "x"}), 403)
    detail(web.post("/api/v1/auths/api_key"), 403)
    asked = ok(web.get("/api/v1/auths/admin/details"))
    assert asked == {"name": "", "email": "help@example.org"}
    told = data_of(admin.get(f"{API}/system/settings"))
    values = {one["name"]: one["value"] for one in told["settings"]}
    assert values["frontend.watermark"] == "By a model."
    ok(admin.post(GENERAL, json={"SHOW_ADMIN_DETAILS": False, "ADMIN_EMAIL": None}))
    detail(web.get("/api/v1/auths/admin/details"), 403)


def test_what_is_not_so_here_is_refused_by_its_name_and_nothing_is_written(
    admin: FlaskClient, services: Services
) -> None:
    before = services.live.current
    pages = {
        GENERAL: ("ENABLE_CALENDAR", True),
        f"{CONFIGS}/models": ("MODEL_FALLBACK", "guide"),
        f"{CONFIGS}/subagents": ("ENABLE_SUBAGENTS", True),
        f"{CONFIGS}/connections": ("ENABLE_DIRECT_CONNECTIONS", True),
        f"{CONFIGS}/code_execution": ("CODE_EXECUTION_ENGINE", "jupyter"),
        f"{CONFIGS}/terminal_servers": ("TERMINAL_SERVER_CONNECTIONS", [{"url": "http://t"}]),
        "/api/v1/chats/config": ("ENABLE_CONTEXT_COMPACTION", True),
        "/api/v1/retrieval/config/update": ("CHUNK_SIZE", 7),
        "/api/v1/retrieval/embedding/update": ("RAG_EMBEDDING_BATCH_SIZE", 2),
        "/api/v1/images/config/update": ("COMFYUI_BASE_URL", "http://127.0.0.1:9"),
        "/api/v1/tasks/config/update": ("TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE", "x"),
    }
    for page, (name, value) in pages.items():
        assert name in detail(admin.post(page, json={name: value}), 501), page
    half = {"RESPONSE_WATERMARK": "x", "ENABLE_CALENDAR": True}
    assert "ENABLE_CALENDAR" in detail(admin.post(GENERAL, json=half), 501)
    web = {"web": {"ENABLE_WEB_SEARCH": True, "WEB_SEARCH_TRUST_ENV": True}}
    assert "WEB_SEARCH" in detail(admin.post("/api/v1/retrieval/config/update", json=web), 501)
    assert "ENABLE_LOGIN_FORM" in detail(
        admin.post(GENERAL, json={"ENABLE_LOGIN_FORM": False}), 501
    )
    for wrong in ({"DEFAULT_USER_ROLE": "admin"}, {"ENABLE_SIGNUP": "maybe"}, {"WEBUI_URL": "x y"}):
        detail(admin.post(GENERAL, json=wrong), 422)
    assert "JWT_EXPIRES_IN" in detail(admin.post(GENERAL, json={"JWT_EXPIRES_IN": "long"}), 400)
    size = {"FILE_MAX_SIZE": None}
    assert "FILE_MAX_SIZE" in detail(admin.post("/api/v1/retrieval/config/update", json=size), 400)
    assert services.live.current == before


def test_what_people_see_first_is_said_by_administrators(
    admin: FlaskClient, web: FlaskClient
) -> None:
    banner = {
        "id": "1",
        "type": "info",
        "title": "",
        "content": "Closed at noon",
        "dismissible": True,
        "timestamp": 1,
    }
    assert ok(admin.post(f"{CONFIGS}/banners", json={"banners": [banner]})) == [banner]
    assert ok(web.get(f"{CONFIGS}/banners")) == [banner]
    detail(web.post(f"{CONFIGS}/banners", json={"banners": []}), 403)
    detail(admin.post(f"{CONFIGS}/banners", json={"banners": [{**banner, "type": "x"}]}), 422)
    asked = [{"title": ["When", "is it lit"], "content": "When is the lamp lit?"}]
    assert ok(admin.post(f"{CONFIGS}/suggestions", json={"suggestions": asked})) == {
        "suggestions": asked,
        "i18n": {},
    }
    seen = {"visibility": {"chat.voice": False}}
    assert ok(admin.post(f"{CONFIGS}/interface/visibility", json=seen)) == seen
    models = {"DEFAULT_MODELS": "guide", "DEFAULT_PINNED_MODELS": "guide,keeper"}
    order = {"MODEL_ORDER_LIST": ["keeper", "guide"]}
    ok(admin.post(f"{CONFIGS}/models", json={**models, **order}))
    config = ok(web.get("/api/config"))
    assert config["default_prompt_suggestions"] == asked
    assert config["ui"]["visibility"] == seen["visibility"]
    assert (config["default_models"], config["default_pinned_models"]) == (
        "guide",
        "guide,keeper",
    )
    nothing_for_all = {"DEFAULT_MODEL_METADATA": {}, "DEFAULT_MODEL_PARAMS": {}}
    assert ok(web.get(f"{CONFIGS}/models/defaults")) == nothing_for_all
    cleared = ok(admin.post(f"{CONFIGS}/models", json={"DEFAULT_MODELS": None}))
    assert (cleared["DEFAULT_MODELS"], cleared["MODEL_ORDER_LIST"]) == (None, ["keeper", "guide"])
    nothing = ok(admin.post(f"{CONFIGS}/suggestions", json={"suggestions": None}))
    assert nothing["suggestions"] is None


def test_how_passages_are_found_is_said_by_administrators(
    admin: FlaskClient, services: Services
) -> None:
    page = "/api/v1/retrieval/config/update"
    key = "rerank-key-that-nobody-sees"
    wanted = {
        "TOP_K": 2,
        "RELEVANCE_THRESHOLD": 0.4,
        "HYBRID_BM25_WEIGHT": 0.25,
        "FILE_MAX_SIZE": 10,
        "RAG_RERANKING_ENGINE": "external",
        "RAG_RERANKING_MODEL": "bge-reranker",
        "RAG_EXTERNAL_RERANKER_URL": "http://127.0.0.1:9/rerank",
        "RAG_EXTERNAL_RERANKER_API_KEY": key,
    }
    changed = admin.post(page, json=wanted)
    shown = ok(changed)
    assert key not in changed.text
    assert shown["RAG_EXTERNAL_RERANKER_API_KEY"] == "********"
    assert (shown["TOP_K"], shown["FILE_MAX_SIZE"]) == (2, 10)
    ok(admin.post(page, json=shown))
    now = services.live.current
    assert (now.frontend.passages, now.frontend.threshold) == (2, 0.4)
    assert now.retrieval.vector_similarity_weight == 0.75
    assert now.server.max_body_bytes == 10 << 20
    assert now.models.rerank_model == "bge-reranker@OpenAI"
    assert now.models.rerank_api_key.get_secret_value() == key
    assert key not in str(admin.get(f"{CONFIGS}/export").text)
    nowhere = ok(admin.post(page, json={**shown, "RAG_RERANKING_ENGINE": ""}))
    assert (nowhere["RAG_RERANKING_ENGINE"], nowhere["RAG_EXTERNAL_RERANKER_URL"]) == ("", "")
    assert "ENGINE" in detail(admin.post(page, json={"RAG_RERANKING_ENGINE": "colbert"}), 400)
    embedding = "/api/v1/retrieval/embedding/update"
    there = {"url": "http://127.0.0.1:9", "key": "embedding-key-that-nobody-sees"}
    said = {
        "RAG_EMBEDDING_ENGINE": "ollama",
        "RAG_EMBEDDING_MODEL": "nomic",
        "ollama_config": there,
    }
    told = ok(admin.post(embedding, json=said))
    assert told["ollama_config"] == {"url": "http://127.0.0.1:9/v1", "key": "********"}
    assert services.live.current.models.embedding_model == "nomic@Ollama"
    back = {"RAG_EMBEDDING_ENGINE": "", "RAG_EMBEDDING_MODEL": "wordllama"}
    assert ok(admin.post(embedding, json=back))["RAG_EMBEDDING_ENGINE"] == ""
    assert "azure" in detail(admin.post(embedding, json={"RAG_EMBEDDING_ENGINE": "azure"}), 501)
    lacking = {"RAG_EMBEDDING_ENGINE": "openai", "RAG_EMBEDDING_MODEL": "m"}
    assert "openai_config.url" in detail(admin.post(embedding, json=lacking), 400)


def test_the_pages_of_documents_and_pictures_can_be_saved_as_they_are(
    admin: FlaskClient, services: Services
) -> None:
    """The front end fills in what a page does not say, and looks into lists that have to be."""
    before = services.live.current
    documents = ok(admin.get("/api/v1/retrieval/config"))
    filled = {
        "FILE_MAX_COUNT": "",
        "FILE_IMAGE_COMPRESSION_WIDTH": "",
        "DOCLING_PARAMS": {},
        "MINERU_PARAMS": {},
        "MINERU_FILE_EXTENSIONS": ["pdf"],
    }
    ok(admin.post("/api/v1/retrieval/config/update", json={**documents, **filled}))
    pictures = ok(admin.get("/api/v1/images/config"))
    assert pictures["COMFYUI_WORKFLOW_NODES"] == []
    assert pictures["IMAGES_EDIT_COMFYUI_WORKFLOW_NODES"] == []
    filled = {"AUTOMATIC1111_PARAMS": {}, "IMAGES_OPENAI_API_PARAMS": {}}
    ok(admin.post("/api/v1/images/config/update", json={**pictures, **filled}))
    assert services.live.current == before


def test_the_page_of_pictures_changes_where_they_are_drawn(
    admin: FlaskClient, services: Services
) -> None:
    page = "/api/v1/images/config/update"
    key = "drawing-key-that-nobody-sees"
    nowhere = {"ENABLE_IMAGE_GENERATION": True}
    assert "IMAGES_OPENAI_API_BASE_URL" in detail(admin.post(page, json=nowhere), 400)
    assert "comfyui" in detail(admin.post(page, json={"IMAGE_GENERATION_ENGINE": "comfyui"}), 501)
    wanted = {
        **nowhere,
        "IMAGE_GENERATION_ENGINE": "openai",
        "IMAGES_OPENAI_API_BASE_URL": "http://127.0.0.1:9/v1",
        "IMAGES_OPENAI_API_KEY": key,
        "IMAGE_GENERATION_MODEL": "painter",
    }
    shown = ok(admin.post(page, json=wanted))
    assert (shown["ENABLE_IMAGE_GENERATION"], shown["IMAGES_OPENAI_API_KEY"]) == (True, "********")
    ok(admin.post(page, json=shown))
    now = services.live.current.images
    assert (now.base_url, now.model) == ("http://127.0.0.1:9/v1", "painter")
    assert now.api_key.get_secret_value() == key
    off = ok(admin.post(page, json={**shown, "ENABLE_IMAGE_GENERATION": False}))
    assert (off["ENABLE_IMAGE_GENERATION"], off["IMAGES_OPENAI_API_BASE_URL"]) == (False, "")


def test_settings_are_exported_and_imported_flat_and_nested(admin: FlaskClient) -> None:
    nested = {"ui": {"watermark": "W", "banners": []}, "folders": {"enable": False}}
    taken = ok(admin.post(f"{CONFIGS}/import", json={"config": nested}))
    assert (taken["ui.watermark"], taken["folders.enable"]) == ("W", False)
    mixed = {"ui.watermark": "X", "images": {"engine": "comfyui"}, "audio.tts.engine": ""}
    assert "images.engine" in detail(admin.post(f"{CONFIGS}/import", json={"config": mixed}), 501)
    assert ok(admin.get(f"{CONFIGS}/export"))["ui.watermark"] == "W"


def test_people_say_how_they_are_and_who_is_there_is_counted(
    admin: FlaskClient, web: FlaskClient, services: Services
) -> None:
    mine = ok(web.get("/api/v1/users/user/status"))
    assert (mine["status_message"], mine["is_active"]) == (None, False)
    assert ok(web.get("/api/usage")) == {"model_ids": [], "user_count": 0}
    said = {"status_emoji": "anchor", "status_message": "At sea"}
    assert ok(web.post("/api/v1/users/user/status/update", json=said))["status_emoji"] == "anchor"
    services.webui.presence.see(mine["id"])
    found = {one["id"]: one for one in ok(admin.get("/api/v1/users/all"))["users"]}
    assert (found[mine["id"]]["status_message"], found[mine["id"]]["is_active"]) == ("At sea", True)
    assert ok(web.get("/api/usage"))["user_count"] == 1
    assert ok(admin.get(f"/api/v1/users/{mine['id']}/active")) == {"active": True}
    past = {**said, "status_expires_at": 1}
    assert ok(web.post("/api/v1/users/user/status/update", json=past))["status_message"] is None
    assert ok(web.get("/api/v1/users/user/info")) == {}
    ok(web.post("/api/v1/users/user/info/update", json={"location": "Faro"}))
    assert ok(web.post("/api/v1/users/user/info/update", json={"a": 1})) == {
        "location": "Faro",
        "a": 1,
    }
    texts = {"variables": {"city": "Faro"}}
    assert ok(web.get("/api/v1/users/user/variables")) == {"variables": {}}
    assert ok(web.post("/api/v1/users/user/variables/update", json=texts)) == texts
    seen = ok(admin.get(f"/api/v1/users/{mine['id']}/preview"))
    assert (seen["user"]["id"], seen["models"]) == (mine["id"], {"items": [], "total": 0})
    detail(web.get(f"/api/v1/users/{mine['id']}/preview"), 403)
    assert ok(admin.get(f"/api/v1/users/{mine['id']}/oauth/sessions")) == []
    services.people.people.set_active(mine["id"], active=False)
    services.people.people.erase(mine["id"])
    assert services.webui.presence.of(mine["id"]).variables == {}


def test_small_services_answer(web: FlaskClient) -> None:
    url = ok(web.get("/api/v1/utils/gravatar?email=A@b.org "))
    digest = "5b26064bbe849dabc6e30cd26694c2cf44dc41a9171fbdae13c722e55f9ff041"
    assert url == f"https://www.gravatar.com/avatar/{digest}?d=mp"
    assert ok(web.get("/api/v1/knowledge/external/connections")) == {"items": [], "total": 0}


def test_settings_are_shown_by_the_beginning_of_their_keys(
    admin: FlaskClient, web: FlaskClient
) -> None:
    shown, whole = ok(admin.get(f"{CONFIGS}/namespace/ui")), ok(admin.get(f"{CONFIGS}/export"))
    assert shown == {key: one for key, one in whole.items() if key.startswith("ui.")}
    assert "ui.watermark" in shown
    assert ok(admin.get(f"{CONFIGS}/namespace/zzz")) == {}
    detail(web.get(f"{CONFIGS}/namespace/ui"), 403)


def test_calendars_and_automations_are_empty_and_said_to_be_off(web: FlaskClient) -> None:
    assert ok(web.get("/api/v1/calendars/")) == []
    assert ok(web.get("/api/v1/calendars/events?start=2026-11-01&end=2026-12-01")) == []
    assert ok(web.get("/api/v1/automations/list?page=1")) == {"items": [], "total": 0}
    features = ok(web.get("/api/config"))["features"]
    assert (features["enable_calendar"], features["enable_automations"]) == (False, False)
    assert "Calendars" in detail(web.post("/api/v1/calendars/create", json={"name": "x"}), 501)


def test_new_accounts_are_in_the_group_of_newcomers(
    admin: FlaskClient, anonymous: FlaskClient, services: Services
) -> None:
    group = ok(admin.post("/api/v1/groups/create", json={"name": "New", "description": ""}))["id"]
    page = ok(admin.get(GENERAL))
    assert page["DEFAULT_GROUP_ID"] == ""
    detail(admin.post(GENERAL, json={"DEFAULT_GROUP_ID": "0" * 32}), 404)
    wanted = {"DEFAULT_GROUP_ID": group, "ENABLE_SIGNUP": True}
    assert ok(admin.post(GENERAL, json={**page, **wanted}))["DEFAULT_GROUP_ID"] == group
    added = {"name": "Bea", "email": "bea@example.org", "password": "a password of hers"}
    ok(admin.post("/api/v1/auths/add", json={**added, "role": "user"}))
    came = {**added, "name": "Cy", "email": "cy@example.org"}
    assert anonymous.post("/api/v1/auths/signup", json=came).status_code == 200
    found = ok(admin.get(f"/api/v1/groups/id/{group}/members"))["items"]
    assert sorted(one["email"] for one in found) == ["bea@example.org", "cy@example.org"]
    ok(admin.delete(f"/api/v1/groups/id/{group}/delete"))
    late = {**added, "email": "dan@example.org"}
    assert ok(admin.post("/api/v1/auths/add", json={**late, "role": "user"}))["email"]
    assert services.live.current.auth.default_group == group


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"system": "Be brief."}, "system"),
        ({"temperature": "hot"}, "temperature"),
        ({"seed": True}, "seed"),
    ],
)
def test_what_no_model_can_be_told_is_refused_by_its_name(
    admin: FlaskClient, given: object, word: str
) -> None:
    answer = admin.post(f"{CONFIGS}/models", json={"DEFAULT_MODEL_PARAMS": given})
    assert word in detail(answer, 422)


def test_a_provider_and_a_directory_are_connected_in_the_front_end(
    admin: FlaskClient, services: Services
) -> None:
    page = ok(admin.get(f"{GENERAL}/oauth"))
    assert (page["ENABLE_OAUTH"], page["OAUTH_ALLOWED_DOMAINS"]) == (False, "*")
    wanted = {
        "OAUTH_CLIENT_ID": "front",
        "OAUTH_CLIENT_SECRET": "a secret of theirs",
        "OPENID_PROVIDER_URL": "https://id.example.org/.well-known/openid-configuration",
        "OAUTH_ALLOWED_DOMAINS": "example.org",
        "ENABLE_OAUTH_SIGNUP": True,
        "OAUTH_ADMIN_ROLES": "keeper",
        "ENABLE_OAUTH_GROUP_MANAGEMENT": True,
        "ENABLE_OAUTH_GROUP_CREATION": True,
    }
    shown = ok(admin.post(f"{GENERAL}/oauth", json={**page, **wanted, "ENABLE_OAUTH": False}))
    assert (shown["ENABLE_OAUTH"], shown["OAUTH_CLIENT_SECRET"]) == (True, "********")
    assert shown["OPENID_PROVIDER_URL"] == "https://id.example.org"
    assert ok(admin.post(f"{GENERAL}/oauth", json=shown)) == shown
    oidc = services.live.current.oidc
    assert (oidc.client_secret.get_secret_value(), oidc.sign_up) == ("a secret of theirs", "on")
    assert (oidc.domains, oidc.administrators, oidc.groups) == ("example.org", "keeper", "all")
    off = {"ENABLE_OAUTH_GROUP_MANAGEMENT": False, "ENABLE_OAUTH_GROUP_CREATION": False}
    assert not ok(admin.post(f"{GENERAL}/oauth", json=off))["ENABLE_OAUTH_GROUP_MANAGEMENT"]
    assert services.live.current.oidc.groups == "off"
    said = detail(admin.post(f"{GENERAL}/oauth", json={"ENABLE_OAUTH": False}), 400)
    assert "OAUTH_CLIENT_ID" in said
    assert "AUTO_REDIRECT" in detail(
        admin.post(f"{GENERAL}/oauth", json={"OAUTH_AUTO_REDIRECT": True}), 501
    )
    server = ok(admin.get(f"{GENERAL}/ldap/server"))
    assert (server["host"], server["port"], server["attribute_for_username"]) == ("", 636, "mail")
    wanted = {"host": "dir.example.org", "port": 636, "use_tls": True, "search_base": "o=x"}
    more = {"attribute_for_username": "uid", "search_filters": "(objectClass=person)"}
    secret = {"app_dn": "cn=reader", "app_dn_password": "a password"}
    place = f"{GENERAL}/ldap/server"
    shown = ok(admin.post(place, json={**server, **wanted, **more, **secret}))
    assert {name: shown[name] for name in wanted | more} == wanted | more
    assert shown["app_dn_password"] == "********"
    ldap = services.live.current.ldap
    assert (ldap.url, ldap.base) == ("ldaps://dir.example.org:636", "o=x")
    assert ldap.user_filter == "(&(uid={login})(objectClass=person))"
    assert ok(admin.post(place, json=shown)) == shown
    assert ok(admin.get(f"{GENERAL}/ldap")) == {"ENABLE_LDAP": True}
    assert services.identity.directory.is_there
    for is_on in (False, True):
        wanted = {"ENABLE_LDAP": is_on}
        assert ok(admin.post(f"{GENERAL}/ldap", json={"enable_ldap": is_on})) == wanted
        assert services.identity.directory.is_there is is_on
    assert ok(admin.post(place, json={"host": ""}))["host"] == ""
    assert not services.identity.directory.is_there
    detail(admin.post(place, json={"port": 0}), 422)
    assert "certificate_path" in detail(admin.post(place, json={"certificate_path": "/x"}), 501)
