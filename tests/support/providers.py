"""Real providers of OpenID Connect, and the browser of a person who signs in there."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import fast
from tests.clients.environments import Client, node_client
from tests.components import folder, running
from tests.running import free_port

PACKAGE = "oidc-provider@9.13.3"
PROGRAM = Path(__file__).with_name("providers.mjs")
CLIENT = "raglan"
SECRET = "a secret of the client of raglan"
MISSING = f"{PACKAGE} cannot be installed: see whether npm's registry answers"


@dataclass
class Provider:
    """A provider at a port, as `providers.mjs` runs it."""

    issuer: str
    certificate: str = ""

    def control(self, **changes: Any) -> Any:
        """Change how it behaves; `reset=True` is as it began."""
        verify = self.certificate or True
        answer = requests.post(f"{self.issuer}/control", json=changes, timeout=10, verify=verify)
        return answer.json()

    def signed(self, claims: Mapping[str, object]) -> str:
        """Return a logout token with any claims, by the key that it has."""
        return str(self.control(claims=claims)["token"])

    def settings(self, section: str) -> dict[str, str]:
        """Return the environment that makes it the provider of a section."""
        place = f"RAGLAN_{section.upper()}"
        address = "ADDRESS" if section == "github" else "ISSUER"
        return {
            f"{place}__{address}": self.issuer,
            f"{place}__CLIENT_ID": CLIENT,
            f"{place}__CLIENT_SECRET": SECRET,
            f"{place}__SIGN_UP": "on",
        }


@dataclass
class Person:
    """Somebody with a browser, which keeps what the provider gives it."""

    session: requests.Session = field(default_factory=requests.Session)
    certificate: str = ""

    def visit(self, address: str, redirect: str) -> dict[str, str]:
        """Sign in at a provider; return with what the browser is sent back."""
        for _ in range(10):
            verify = self.certificate or True
            answer = self.session.get(address, allow_redirects=False, timeout=10, verify=verify)
            assert answer.is_redirect, answer.text
            address = urljoin(address, answer.headers["Location"])
            if address.startswith(redirect):
                return dict(parse_qsl(urlsplit(address).query))
        raise AssertionError(f"The provider leads in circles: {address}")

    def sign_out(self, provider: Provider) -> None:
        """Sign out at a provider, which tells those at whom the person signed in."""
        page = self.session.get(f"{provider.issuer}/session/end", timeout=10).text
        secret = page.partition('name="xsrf" value="')[2].partition('"')[0]
        sent = {"xsrf": secret, "logout": "yes"}
        answer = self.session.post(f"{provider.issuer}/session/end/confirm", data=sent, timeout=10)
        assert answer.text == "signed out", answer.text


def node() -> Client:
    """Return a Node with the provider; skips the test where it cannot be had."""
    fast.leave_out("a server of others")
    try:
        return node_client(PACKAGE)
    except RuntimeError:
        pytest.skip(MISSING)


@contextmanager
def providers(
    count: int, key: Path | None = None, certificate: Path | None = None
) -> Iterator[list[Provider]]:
    """Run some providers; with a key and a certificate there is one more, which speaks https."""
    client = node()
    shutil.copy(PROGRAM, client.folder)
    ports = [free_port() for _ in range(count)]
    found = [Provider(f"http://127.0.0.1:{port}") for port in ports]
    command = [str(client.interpreter), str(client.folder / PROGRAM.name), *map(str, ports)]
    if key is not None:
        port = free_port()
        found.append(Provider(f"https://127.0.0.1:{port}", str(certificate)))
        command.append(f"tls:{port}:{key}:{certificate}")

    def ready() -> None:
        for provider in found[:count]:
            requests.get(f"{provider.issuer}/jwks", timeout=5).raise_for_status()

    with folder() as place, running(command, ready, ports[0], place / "log"):
        yield found


def certificate_for(place: Path, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """Write a key and a certificate of an address, signed by itself; return both paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "of a test")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).add_extension(names, critical=False)
    made = builder.not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    paths = place / "key.pem", place / "certificate.pem"
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    paths[0].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    paths[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[0].chmod(0o644)  # of a server that may run as somebody else
    return paths
