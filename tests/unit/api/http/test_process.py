"""The parts of a web process: what is there from its start, and what once it has services."""

import pytest
from flask import Flask

from api.config.sources import load_settings
from api.container import build
from api.http.discovery import NOWHERE
from api.http.door import Doors
from api.http.process import WebProcess, install, web_process


class Clock:
    """Something that goes on beside the requests."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


@pytest.fixture
def web() -> WebProcess:
    return WebProcess(Doors([], NOWHERE))


def test_before_it_is_attached_a_process_says_that_it_has_no_services(web: WebProcess) -> None:
    assert not web.is_attached
    assert not web.phase.serving
    with pytest.raises(RuntimeError, match="no services yet"):
        _ = web.services


def test_a_process_is_found_by_its_application(web: WebProcess) -> None:
    first, second = Flask("a"), Flask("b")
    install(first, web)
    install(second, WebProcess(web.doors))
    assert web_process(first) is web
    with first.app_context():
        assert web_process() is web
        assert web_process(second) is not web


def test_streams_count_where_the_services_record(
    web: WebProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("data")
    services = build(load_settings({"RAGLAN_DATA_DIR": str(data)}))
    web.attach(services)
    assert web.services is services
    assert web.streams.recorder is services.recorder


def test_what_goes_on_beside_the_requests_starts_with_the_background_jobs(web: WebProcess) -> None:
    assert web.beside == ()
    background, monitoring = Clock(), Clock()
    web.monitoring, web.background = monitoring, background
    assert web.beside == (background, monitoring)
