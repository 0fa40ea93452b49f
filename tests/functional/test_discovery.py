"""Pages are found by file name, guarded, and imported without what they do not need."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from api.apps import user_app
from api.config.places import CHECKOUT
from api.errors import StartError
from api.http import discovery
from api.http.discovery import APPS_DIR, NO_PAGES, find_blueprint, find_door

OPEN = {
    "/ready",
    "/metrics",
    "/docs",
    "/docs/<file>",
    "/openapi.json",
    "/openapi/<door>.json",
    "/share/widget.js",
    *(
        f"{prefix}/system/{name}"
        for prefix in ("/v1", "/api/v1")
        for name in ("ping", "version", "healthz", "config")
    ),
    "/api/v1/auth/password-reset",
    "/api/v1/auth/password-reset/confirm",
    "/api/v1/auth/tokens",
    "/api/v1/auth/tokens/refresh",
    "/v1/user/login",
    "/v1/user/login/channels",
    "/v1/user/login/<channel>",
    "/v1/user/oauth/callback/<channel>",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
    "/oauth/<provider>/logout",
    "/oauth/backchannel-logout",
    "/v1/user/register",
    "/openwebui/",
    "/openwebui/<path:name>",
    "/openwebui/api/changelog",
    "/openwebui/health/db",
    "/openwebui/manifest.json",
    "/openwebui/opensearch.xml",
    "/openwebui/sw.js",
    "/openwebui/watch",
    "/openwebui/api/config",
    "/openwebui/api/v1/auths/ldap",
    "/openwebui/api/v1/auths/signin",
    "/openwebui/api/v1/auths/signout",
    "/openwebui/api/v1/channels/webhooks/<webhook_id>/<hook_token>",
    "/openwebui/api/v1/auths/signup",
    "/openwebui/api/version",
    "/openwebui/oauth/<provider>/callback",
    "/openwebui/oauth/<provider>/login",
    "/openwebui/oauth/<provider>/login/callback",
}
"""The addresses that answer without a key."""

SHARES = "/share/"
"""What is below opens what is shared to whoever has the address; nothing else is there."""

OF_THE_CONSOLE = {
    "/",
    "/console/signin",
    "/console/signin/<provider>",
    "/console/signin/code",
    "/console/signin/proxy",
    "/console/signup",
    "/console/forgot",
    "/console/reset",
    "/console/signout",
    "/console/static/<version>/<path:name>",
}
"""The addresses that answer browsers in which nobody has signed in."""

UNWANTED = {
    "asyncio",
    "torch",
    "onnxruntime",
    "pandas",
    "openai",
    "anthropic",
    "nacos",
    "skywalking",
    "wrapt",
    "grpc",
    "minio",
    "redis",
    "authlib",
    "joserfc",
    "ldap3",
    "opentelemetry",
    "psycopg",
    "pymysql",
    "scim2_models",
    "segno",
    "sentry_sdk",
    "socketio",
}


@pytest.mark.databases("sqlite")
def test_every_page_is_registered_under_its_prefix(app: Flask) -> None:
    rules = {str(rule) for rule in app.url_map.iter_rules()}
    for path in APPS_DIR.glob("*_app.py"):
        page = import_module(f"api.apps.{path.stem}")
        noun = getattr(page, "NOUN", path.stem.removesuffix("_app"))
        assert any(rule.startswith(f"/v1/{noun}/") for rule in rules), noun
    modules = {view.__module__ for view in app.view_functions.values()}
    for path in APPS_DIR.glob("sdk/[a-z]*.py"):
        assert (path.stem in NO_PAGES) is (f"api.apps.sdk.{path.stem}" not in modules), path.stem


@pytest.mark.databases("sqlite")
def test_every_page_but_a_few_needs_a_key(app: Flask, anonymous: FlaskClient) -> None:
    checked = 0
    for rule in app.url_map.iter_rules():
        if str(rule) in OPEN | OF_THE_CONSOLE:
            continue
        path = str(rule)
        for argument in rule.arguments:
            path = path.replace(f"<{argument}>", "0" * 32).replace(f"<path:{argument}>", "x")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = anonymous.open(path, method=method, json={})
            if path.startswith(SHARES):
                assert answer.status_code == 404, f"{method} {rule}"
                continue
            code = answer.json.get("code") if path.startswith("/v1/") else None
            assert 401 in {answer.status_code, code}, f"{method} {rule}"
            checked += 1
    assert checked > 10


def test_a_page_without_a_blueprint_stops_the_start_by_name() -> None:
    with pytest.raises(StartError, match=r"http/discovery\.py is a page without a `blueprint`"):
        find_blueprint(discovery, Path(discovery.__file__))


def test_a_door_without_its_value_stops_the_start_by_name() -> None:
    with pytest.raises(StartError, match=r"http/discovery\.py has no `DOOR`"):
        find_door(discovery, Path(discovery.__file__))


def test_the_blueprint_of_a_page_is_found() -> None:
    found = find_blueprint(user_app, APPS_DIR / "user_app.py")
    assert isinstance(found, Blueprint)


BACKENDS = {
    "api.attempts.redis",
    "api.discovery.nacos",
    "api.leases.redis",
    "api.observability.tracing.skywalking",
    "api.redis_clients",
    "rag.engines.memory",
    "rag.llm.endpoint",
    "rag.llm.media",
    "rag.storage.memory",
    "rag.storage.s3",
}
"""Modules of parts that the settings as delivered do not ask for."""

LOADED = """
import sys
from api.signals import load_quietly, loaded
load_quietly()
import api.apps, api.worker
loaded()
"""
"""Load the server as its processes do."""

BUILT = f"""{LOADED}
from api.config.sources import load_settings
from api.http.process import web_process
from api.lifecycle import hooks
app = api.apps.app
settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
hooks.post_fork(app, load_settings(settings), is_first=True)
services = web_process(app).services
hooks.start_tracing(app, services)
services.defects.start("web", hooks.route_of_request)
assert app.test_client().get("/console/signin").status_code == 200
assert app.test_client().get("/scim/v2/Users").status_code == 401
print(*sys.modules)
"""


def modules_of(code: str, *arguments: str) -> set[str]:
    """Return what a process has imported that runs some code, which prints it."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.long
def test_the_server_imports_nothing_that_it_may_not_need() -> None:
    found = modules_of(f"{LOADED}print(*sys.modules)")
    assert not UNWANTED & {name.partition(".")[0] for name in found}
    assert "flask" in found


@pytest.mark.long
def test_a_part_that_is_not_configured_is_not_imported(tmp_path: Path) -> None:
    found = modules_of(BUILT, f"RAGLAN_DATA_DIR={tmp_path}")
    assert not BACKENDS & found
    assert not UNWANTED & {name.partition(".")[0] for name in found}


@pytest.mark.long
def test_a_part_is_imported_once_it_is_configured(tmp_path: Path) -> None:
    redis = "RAGLAN_REDIS__URL=redis://127.0.0.1:1/0"
    stores = (
        "RAGLAN_STORAGE__URL=s3://bucket?endpoint=http://127.0.0.1:1",
        "RAGLAN_CHUNK_STORE__URL=memory://",
    )
    nacos = "RAGLAN_NACOS__ADDRESS=127.0.0.1:1"
    found = modules_of(BUILT, f"RAGLAN_DATA_DIR={tmp_path}", redis, *stores, nacos)
    assert found & BACKENDS == {
        "api.attempts.redis",
        "api.leases.redis",
        "api.redis_clients",
        "rag.engines.memory",
        "rag.storage.s3",
    }
