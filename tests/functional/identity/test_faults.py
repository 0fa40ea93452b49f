"""What goes wrong at providers: people are told, and nothing else is held up."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from api.container import Services
from tests.functional.identity.conftest import Browser, problem_of
from tests.functional.identity.test_later import make_due
from tests.functional.identity.test_providers import change
from tests.running import free_port
from tests.support.providers import Provider

pytestmark = pytest.mark.databases("sqlite")


@contextmanager
def silent_port() -> Iterator[int]:
    """Listen, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def departure_problem(browser: Browser, services: Services, issuer: str) -> str:
    """Return why nobody can go to a provider at an address."""
    change(services, oidc={"issuer": issuer})
    return problem_of(browser.client.get("/console/signin/oidc"))


def test_a_provider_that_is_away(browser: Browser, services: Services) -> None:
    assert departure_problem(browser, services, f"http://127.0.0.1:{free_port()}") == "away"


def test_a_provider_that_never_answers(browser: Browser, services: Services) -> None:
    change(services, identity={"timeout": 0.2})
    with silent_port() as port:
        assert departure_problem(browser, services, f"http://127.0.0.1:{port}") == "away"


def test_a_provider_that_gets_slow_while_somebody_signs_in(
    browser: Browser, services: Services, provider: Provider
) -> None:
    browser.sign_in()
    change(services, identity={"timeout": 0.5})
    browser.depart()  # what it says of itself is known
    query = browser.person.visit(browser.depart(), "http://localhost/")
    provider.control(delay=2000)
    assert problem_of(browser.come_back("oidc", query)) == "away"


def test_a_provider_that_says_to_be_another(
    browser: Browser, services: Services, provider: Provider
) -> None:
    assert departure_problem(browser, services, f"{provider.issuer}/") == "away"


def test_a_certificate_counts_if_it_is_signed_by_somebody_who_is_known(
    browser: Browser, services: Services, encrypted: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    assert departure_problem(browser, services, encrypted.issuer) == "away"
    assert "its certificate is not accepted" in caplog.text
    change(services, identity={"ca_file": encrypted.certificate})
    browser.person.certificate = encrypted.certificate
    assert browser.sign_in().headers["Location"] == "/console"
    other = encrypted.issuer.replace("127.0.0.1", "localhost")
    assert departure_problem(browser, services, other) == "away"


@pytest.mark.parametrize(("seconds", "outcome"), [(300, "clock"), (-4000, "clock"), (-300, "")])
def test_a_clock_that_is_minutes_off(
    browser: Browser, provider: Provider, seconds: int, outcome: str
) -> None:
    query = browser.person.visit(browser.depart(), "http://localhost/")
    provider.control(clock=seconds)
    answer = browser.come_back("oidc", query)
    if outcome:
        assert problem_of(answer) == outcome
    else:  # an ID token lasts an hour: one that is five minutes old counts
        assert answer.headers["Location"] == "/console"


def test_a_key_that_was_replaced(browser: Browser, provider: Provider) -> None:
    browser.sign_in()
    provider.control(newKey=True)
    browser.person.session.cookies.clear()
    assert browser.sign_in().headers["Location"] == "/console"


def test_word_of_a_refusal_there(browser: Browser, provider: Provider) -> None:
    provider.control(people={})
    assert problem_of(browser.sign_in()) == "refused"


def test_sessions_go_on_while_the_provider_is_away(browser: Browser, services: Services) -> None:
    browser.sign_in()
    make_due(services)
    change(services, oidc={"issuer": f"http://127.0.0.1:{free_port()}"})
    grants = services.identity.grants
    assert grants.renew() == 1
    assert browser.who() is not None
    assert grants.renew() == 0  # it is asked again later
    change(services, oidc={"client_id": ""})  # the provider is none any more
    make_due(services)
    grants.renew()
    assert browser.who() is None
