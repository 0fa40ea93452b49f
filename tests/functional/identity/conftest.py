"""Servers whose people sign in at real providers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import Settings
from api.config.sources import load_settings
from tests.support.providers import Person, Provider, certificate_for, providers

REDIRECT = "http://localhost/v1/user/oauth/callback"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a key and a certificate of this machine."""
    return certificate_for(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def running_providers(certificate: tuple[Path, Path]) -> Iterator[list[Provider]]:
    """Run two providers and one that speaks https, for all tests."""
    with providers(2, *certificate) as found:
        yield found


@pytest.fixture
def both(running_providers: list[Provider]) -> list[Provider]:
    """Return two providers as they are at the beginning."""
    for provider in running_providers:
        redirects = [f"{REDIRECT}/{name}" for name in ("oidc", "google", "microsoft", "github")]
        provider.control(reset=True, redirects=redirects)
    return running_providers


@pytest.fixture
def provider(both: list[Provider]) -> Provider:
    """Return the provider of the section `oidc`."""
    return both[0]


@pytest.fixture
def encrypted(both: list[Provider]) -> Provider:
    """Return the provider that speaks https."""
    return both[2]


@pytest.fixture
def extra() -> dict[str, str]:
    """Return further settings of a test, as the environment has them."""
    return {}


@pytest.fixture
def settings(
    tmp_path: Path, database_url: str, provider: Provider, extra: dict[str, str]
) -> Settings:
    """Return settings of a server with a provider."""
    environment = {
        "RAGLAN_DATA_DIR": str(tmp_path / "data"),
        "RAGLAN_DATABASE__URL": database_url,
        **provider.settings("oidc"),
        **extra,
    }
    (tmp_path / "data").mkdir()
    return load_settings(environment, conf_dir=tmp_path)


@dataclass
class Browser:
    """The browser of a person: at this server a test client, at providers a real one."""

    client: FlaskClient
    person: Person = field(default_factory=Person)

    def depart(self, section: str = "oidc", start: str = "/console/signin") -> str:
        """Go to sign in at a provider; return the address that this server leads to."""
        answer = self.client.get(f"{start}/{section}", headers={"Accept": "text/html"})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def come_back(self, section: str, query: dict[str, str]) -> TestResponse:
        """Come back from a provider."""
        return self.client.get(f"/v1/user/oauth/callback/{section}", query_string=query)

    def sign_in(self, section: str = "oidc", start: str = "/console/signin") -> TestResponse:
        """Sign in at a provider, and come back."""
        address = self.depart(section, start)
        return self.come_back(section, self.person.visit(address, f"{REDIRECT}/{section}"))

    def who(self) -> dict[str, Any] | None:
        """Return the account whose session the browser has; None if it has none that counts."""
        cookie = self.client.get_cookie("raglan_session")
        headers = {"Authorization": cookie.value if cookie else ""}
        answer = self.client.get("/v1/user/info", headers=headers).json
        found: dict[str, Any] | None = answer["data"] if answer["code"] == 0 else None
        return found


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Return the browser of somebody who has never been here."""
    return Browser(app.test_client())


def problem_of(answer: TestResponse) -> str:
    """Return why somebody who came back is not signed in."""
    assert answer.status_code == 303, answer.text
    assert "raglan_session" not in str(answer.headers.getlist("Set-Cookie"))
    return parse_qs(urlsplit(answer.headers["Location"]).query)["problem"][0]
