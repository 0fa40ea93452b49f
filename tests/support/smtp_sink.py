"""A mail server that writes what it gets into a folder: `smtp_sink.py PORT FOLDER CERT KEY`."""

import asyncio
import ssl
import sys
import uuid
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Sink:
    """Keeps each message as a file."""

    def __init__(self, folder: Path) -> None:
        """Initialize with the folder."""
        self.folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        partial = self.folder / "partial"
        partial.write_bytes(bytes(envelope.content or b""))
        partial.rename(self.folder / f"{uuid.uuid4().hex}.eml")
        return "250 OK"


def authenticate(*given: object) -> AuthResult:
    """Let in one person."""
    who = given[-1]
    assert isinstance(who, LoginPassword)
    return AuthResult(success=(who.login, who.password) == (b"raglan", b"secret"))


async def serve(port: int, folder: Path, certificate: str, key: str) -> None:
    """Serve until the process is ended."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def session() -> SMTP:
        return SMTP(
            Sink(folder),
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
