"""New passwords and invitations by mail, against a mail server in a process of its own."""

import datetime as dt
import email
import email.policy
import ipaddress
import re
import smtplib
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from api.cli.access import Access
from api.cli.checks import check_mail
from api.config.settings import AuthSettings, ServerSettings, Settings
from api.config.smtp import SmtpSettings
from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.account import Mail, PasswordReset
from api.errors import UnavailableError
from api.services.accounts.records import AccountRole
from api.services.sign_in.resets import digest
from tests.components import running
from tests.functional.conftest import Member
from tests.functional.library import API, code_of, data_of, refused
from tests.functional.signing import MEMBER, login
from tests.running import ROOT, free_port

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.usefixtures("member")]

RESET = f"{API}/auth/password-reset"
PUBLIC = "https://raglan.example.org/base"


def write_certificate(folder: Path) -> None:
    """Write a certificate of 127.0.0.1 that nobody but itself has signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(text)


@pytest.fixture(scope="session")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run a mail server; return its port and the folder of its certificate and messages."""
    folder = tmp_path_factory.mktemp("post")
    write_certificate(folder)
    port = free_port()
    program = [sys.executable, str(ROOT / "tests/support/smtp_sink.py"), str(port), str(folder)]

    def ready() -> None:
        smtplib.SMTP("127.0.0.1", port, timeout=1).close()

    command = [*program, str(folder / "cert.pem"), str(folder / "key.pem")]
    with running(command, ready, port, folder / "log"):
        yield port, folder


@pytest.fixture
def smtp(post: tuple[int, Path]) -> SmtpSettings:
    """Return the settings of the mail server, which has got nothing yet."""
    port, folder = post
    for message in folder.glob("*.eml"):
        message.unlink()
    return SmtpSettings(
        host="127.0.0.1",
        port=port,
        user="raglan",
        password=SecretStr("secret"),
        sender="Raglan <raglan@example.org>",
        ca_file=str(folder / "cert.pem"),
    )


def take(services: Services, smtp: SmtpSettings, **auth: object) -> None:
    """Let settings count."""
    settings = Settings(
        smtp=smtp,
        server=ServerSettings(public_url=PUBLIC),
        auth=AuthSettings.model_validate(auth),
    )
    services.live.take(settings)


def messages(post: tuple[int, Path]) -> list[tuple[str, str, str]]:
    """Return recipient, subject and text of what the server got."""
    policy = email.policy.default
    found = [
        email.message_from_bytes(path.read_bytes(), policy=policy) for path in post[1].glob("*.eml")
    ]
    return [(one["To"], one["Subject"], one.get_content()) for one in found]


def query_of(text: str) -> dict[str, list[str]]:
    """Return the query of the link in a message."""
    found = re.search(r"https://\S+", text)
    assert found, text
    assert found[0].startswith(f"{PUBLIC}/console/")
    return parse_qs(urlsplit(found[0]).query)


def test_a_password_is_set_anew_by_a_link(
    anonymous: FlaskClient, services: Services, smtp: SmtpSettings, post: tuple[int, Path]
) -> None:
    take(services, smtp)
    session = services.accounts.sessions.begin(
        services.accounts.accounts.user_id_of(MEMBER["email"]), ""
    )
    assert data_of(anonymous.post(RESET, json={"email": " Member@Example.org"})) is True
    assert messages(post) == []  # a request sends nothing itself
    assert services.sign_in.outbox.send_due() == 1
    [(recipient, subject, text)] = messages(post)
    assert (recipient, "password" in subject) == (MEMBER["email"], True)
    [token] = query_of(text)["token"]
    with connection(services.database):
        assert token not in repr(list(PasswordReset.select().dicts()))
        assert list(Mail.select()) == []
    wanted = {"token": token, "password": "another one"}
    assert code_of(anonymous.post(f"{RESET}/confirm", json=wanted)) == 0
    assert services.accounts.sessions.authenticate(session) is None
    assert code_of(login(anonymous, password="another one")) == 0
    again = anonymous.post(f"{RESET}/confirm", json=wanted)
    assert "was used" in refused(again, 400, 101)


def test_a_link_ends_after_an_hour_and_with_the_next_use(
    anonymous: FlaskClient, services: Services, smtp: SmtpSettings, post: tuple[int, Path]
) -> None:
    take(services, smtp)
    for _ in range(3):
        anonymous.post(RESET, json={"email": MEMBER["email"]})
    assert services.sign_in.outbox.send_due() == 3
    first, second, third = (query_of(text)["token"][0] for _, _, text in messages(post))
    with connection(services.database):
        late = PasswordReset.token_hash == digest(first)
        PasswordReset.update(expires_time=now_ms() - 1).where(late).execute()
    for token, code in ((first, 101), (second, 0), (third, 101)):
        wanted = {"token": token, "password": f"the password of {token}"}
        assert anonymous.post(f"{RESET}/confirm", json=wanted).json["code"] == code
    assert code_of(login(anonymous, password=f"the password of {second}")) == 0


def test_an_unknown_address_is_answered_alike(
    anonymous: FlaskClient, services: Services, smtp: SmtpSettings, post: tuple[int, Path]
) -> None:
    take(services, smtp)
    known, unknown = (
        anonymous.post(RESET, json={"email": address})
        for address in (MEMBER["email"], "nobody@example.org")
    )
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    with connection(services.database):
        assert len(list(Mail.select())) == 2  # the same work for either
    assert services.sign_in.outbox.send_due() == 2
    assert [recipient for recipient, _, _ in messages(post)] == [MEMBER["email"]]


def test_strangers_fill_nobodys_inbox(
    anonymous: FlaskClient, services: Services, smtp: SmtpSettings
) -> None:
    take(services, smtp, sign_ups_of_address=7)
    answers = [anonymous.post(RESET, json={"email": MEMBER["email"]}) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 7 + [429]
    with connection(services.database):
        assert len(list(Mail.select())) == 5


def test_a_wrong_certificate_keeps_mail_back_until_it_is_right(
    anonymous: FlaskClient, services: Services, smtp: SmtpSettings, post: tuple[int, Path]
) -> None:
    take(services, smtp.model_copy(update={"ca_file": ""}))
    anonymous.post(RESET, json={"email": MEMBER["email"]})
    assert services.sign_in.outbox.send_due() == 0
    with connection(services.database):
        [waiting] = list(Mail.select())
        assert waiting.attempts == 1
        Mail.update(not_before=0).execute()
    with pytest.raises(UnavailableError, match="certificate verify failed"):
        services.sign_in.outbox.server.check()
    assert messages(post) == []
    take(services, smtp)
    assert services.sign_in.outbox.send_due() == 1
    assert len(messages(post)) == 1


def test_mail_that_cannot_be_sent_is_given_up_in_the_end(
    anonymous: FlaskClient, services: Services, smtp: SmtpSettings
) -> None:
    take(services, smtp.model_copy(update={"port": free_port()}))
    anonymous.post(RESET, json={"email": MEMBER["email"]})
    tries = 0
    while services.sign_in.outbox.due():
        services.sign_in.outbox.send_due()
        tries += 1
        with connection(services.database):
            Mail.update(not_before=0).execute()
    assert tries == 8


def test_an_invitation_is_mailed(
    client: FlaskClient,
    services: Services,
    smtp: SmtpSettings,
    post: tuple[int, Path],
) -> None:
    services.people.people.set_role(
        services.accounts.accounts.user_id_of(MEMBER["email"]), AccountRole.ADMINISTRATOR
    )
    wanted = {"email": "nia@example.org", "send": True}
    take(services, SmtpSettings(), sign_up="invitation")
    assert "smtp.host" in client.post(f"{API}/invitations", json=wanted).json["message"]
    take(services, smtp, sign_up="invitation")
    code = data_of(client.post(f"{API}/invitations", json=wanted))["code"]
    with connection(services.database):
        assert code not in repr(list(Mail.select().dicts()))
    services.sign_in.outbox.send_due()
    [(recipient, _, text)] = messages(post)
    assert (recipient, query_of(text)) == ("nia@example.org", {"invitation": [code]})
    misspelt = client.post(f"{API}/invitations", json={**wanted, "email": "nobody"})
    assert "nobody" in refused(misspelt, 400, 101)


def test_the_forms_need_no_script(
    app: Flask, services: Services, smtp: SmtpSettings, post: tuple[int, Path]
) -> None:
    person = app.test_client()
    person.environ_base["HTTP_ACCEPT"] = "text/html"
    assert "/console/forgot" not in person.get("/console/signin").text
    take(services, smtp)
    assert "/console/forgot" in person.get("/console/signin").text
    asked = {"email": MEMBER["email"]}
    assert "on its way" in person.post("/console/forgot", data=asked).text
    services.sign_in.outbox.send_due()
    [(_, _, text)] = messages(post)
    [token] = query_of(text)["token"]
    form = person.get(f"/console/reset?token={token}")
    assert f'value="{token}"' in form.text
    assert form.headers["Referrer-Policy"] == "no-referrer"
    sent = {"token": token, "password": "another one"}
    evil = person.post("/console/reset", data=sent, headers={"Origin": "http://evil.example"})
    assert evil.status_code == 403
    assert person.post("/console/reset", data=sent).headers["Location"] == "/console/signin"
    assert code_of(login(person, password="another one")) == 0
    assert person.post("/console/reset", data=sent).status_code == 400


def test_the_doctor_signs_in_to_the_mail_server(
    services: Services, smtp: SmtpSettings, member: Member
) -> None:
    assert member
    access = Access()
    settings = services.settings.model_copy(
        update={"smtp": smtp, "server": ServerSettings(public_url=PUBLIC)}
    )
    vars(access).update(settings=settings, unchecked_services=services, services=services)
    services.live.take(settings)
    assert "takes mail" in check_mail(access)
    wrong = smtp.model_copy(update={"password": SecretStr("wrong")})
    services.live.take(settings.model_copy(update={"smtp": wrong}))
    with pytest.raises(UnavailableError, match="cannot be used"):
        check_mail(access)
