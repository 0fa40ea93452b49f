"""Passwords as RAGFlow's own pages send them: encrypted, each time to another text."""

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from flask.testing import FlaskClient

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.errors import StartError
from api.services.accounts.sealed import password_opener
from tests.functional.console.sealing import PHRASE, encrypted, sealed, write_key
from tests.functional.signing import PASSWORD, login, refusal

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.usefixtures("member")]


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_key(tmp_path_factory.mktemp("key") / "private.pem")


@pytest.fixture
def settings(settings: Settings, key_file: Path) -> Settings:
    auth = AuthSettings(sign_up="on", password_key=str(key_file), password_key_phrase=PHRASE)
    return settings.model_copy(update={"auth": auth})


def test_an_account_opens_by_either_form_of_its_password(anonymous: FlaskClient) -> None:
    texts = {sealed(PASSWORD) for _ in range(3)}
    assert len(texts) == 3
    for text in [*texts, PASSWORD]:
        assert login(anonymous, password=text).json["code"] == 0


def test_who_signs_up_with_an_encrypted_password_signs_in_with_it(anonymous: FlaskClient) -> None:
    fresh = {"nickname": "Nia", "email": "nia@example.org"}
    body = fresh | {"password": sealed("pässword")}
    assert anonymous.post("/v1/user/register", json=body).json["code"] == 0
    for text in (sealed("pässword"), "pässword"):
        assert login(anonymous, email="nia@example.org", password=text).json["code"] == 0


def test_a_password_is_changed_by_encrypted_ones(console: FlaskClient) -> None:
    wrong = {"password": sealed("wrong"), "new_password": sealed("fresh")}
    assert console.post("/v1/user/setting", json=wrong).json["message"] == "Password error!"
    right = wrong | {"password": sealed(PASSWORD)}
    assert console.post("/v1/user/setting", json=right).json["code"] == 0
    assert login(console, password="fresh").json["code"] == 0


def test_what_does_not_decrypt_is_refused_as_a_wrong_password_is(anonymous: FlaskClient) -> None:
    other = generate_private_key(public_exponent=65537, key_size=2048)
    no_base64 = encrypted(b"\xff?")
    too_large = base64.b64encode(b"\xff" * 256).decode()
    expected = refusal(login(anonymous, password="wrong"))
    for text in (sealed(PASSWORD, other), sealed("wrong"), no_base64, too_large):
        assert len(text) == 344
        assert refusal(login(anonymous, password=text)) == expected


def test_such_a_text_may_be_a_password_itself(services: Services, anonymous: FlaskClient) -> None:
    text = "A" * 342 + "=="
    services.accounts.accounts.set_password("member@example.org", text)
    assert login(anonymous, password=text).json["code"] == 0
    assert login(anonymous, password=sealed(PASSWORD)).json["code"] != 0


def test_without_a_key_every_text_is_a_password_as_it_is() -> None:
    text = sealed(PASSWORD)
    assert password_opener(AuthSettings())(text) == text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"nothing", "auth.password_key cannot be used"),
        ("large", "RSA key of 2048 bits"),
        ("curve", "RSA key of 2048 bits"),
    ],
)
def test_a_key_that_cannot_be_used_stops_the_start(tmp_path: Path, content: Any, said: str) -> None:
    made = {
        "large": lambda: generate_private_key(public_exponent=65537, key_size=3072),
        "curve": lambda: ec.generate_private_key(ec.SECP256R1()),
    }
    if isinstance(content, str):
        private = made[content]()
        content = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StartError, match=said):
        password_opener(AuthSettings(password_key=str(path)))


def test_a_wrong_phrase_stops_the_start_and_is_not_told(key_file: Path) -> None:
    settings = AuthSettings(password_key=str(key_file), password_key_phrase="guess")
    with pytest.raises(StartError, match="auth\\.password_key") as caught:
        password_opener(settings)
    assert "guess" not in str(caught.value)
