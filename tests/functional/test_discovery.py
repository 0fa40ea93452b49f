"""Pages are found by file name, guarded, and imported without what they do not need."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from api.config.settings import BASE_DIR
from api.errors import StartError
from api.http import discovery
from api.http.discovery import APPS_DIR, find_blueprint

OPEN = {
    "/ready",
    "/metrics",
    *(
        f"{prefix}/system/{name}"
        for prefix in ("/v1", "/api/v1")
        for name in ("ping", "version", "healthz", "config")
    ),
    "/v1/user/login",
    "/v1/user/register",
}
"""The addresses that answer without a key."""

UNWANTED = {
    "torch",
    "onnxruntime",
    "pandas",
    "openai",
    "anthropic",
    "nacos",
    "skywalking",
    "grpc",
    "minio",
    "redis",
}


def test_every_page_is_registered_under_its_prefix(app: Flask) -> None:
    rules = {str(rule) for rule in app.url_map.iter_rules()}
    for path in APPS_DIR.glob("*_app.py"):
        noun = path.stem.removesuffix("_app")
        assert any(rule.startswith(f"/v1/{noun}/") for rule in rules), noun
    modules = {view.__module__ for view in app.view_functions.values()}
    for path in APPS_DIR.glob("sdk/[a-z]*.py"):
        assert f"api.apps.sdk.{path.stem}" in modules, path.stem


def test_every_page_but_a_few_needs_a_key(app: Flask, anonymous: FlaskClient) -> None:
    checked = 0
    for rule in app.url_map.iter_rules():
        if str(rule) in OPEN:
            continue
        path = str(rule)
        for argument in rule.arguments:
            path = path.replace(f"<{argument}>", "0" * 32).replace(f"<path:{argument}>", "x")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = anonymous.open(path, method=method, json={})
            assert answer.status_code == 401, f"{method} {rule}"
            checked += 1
    assert checked > 10


def test_a_page_without_a_blueprint_stops_the_start_by_name() -> None:
    with pytest.raises(StartError, match=r"http/discovery\.py is a page without a `blueprint`"):
        find_blueprint(discovery.__name__, Path(discovery.__file__))


def test_the_blueprint_of_a_page_is_found() -> None:
    found = find_blueprint("api.apps.user_app", APPS_DIR / "user_app.py")
    assert isinstance(found, Blueprint)


def test_the_server_imports_nothing_that_it_may_not_need() -> None:
    code = "import sys, api.apps; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert not UNWANTED & set(done.stdout.split())
    assert "flask" in done.stdout.split()
