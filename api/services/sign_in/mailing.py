"""Sending a message to a mail server (SMTP)."""

import ssl
from collections.abc import Callable
from contextlib import contextmanager
from email.message import EmailMessage
from typing import TYPE_CHECKING

from api.config.smtp import SmtpSettings
from api.errors import UnavailableError
from rag.loading import loaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from smtplib import SMTP

TROUBLE = (OSError, ValueError)
"""What the library raises: the server's word, no way to it, or a certificate that is not good."""


class MailServer:
    """The mail server of the settings; certificates are always checked."""

    def __init__(self, settings: Callable[[], SmtpSettings]) -> None:
        """Initialize; `settings` returns those that are in force now."""
        self.settings = settings

    def send(self, recipient: str, subject: str, text: str) -> None:
        """Send a message; raises UnavailableError with the reason."""
        message = EmailMessage()
        message["From"] = self.settings().sender
        message["To"] = recipient
        message["Subject"] = subject
        message.set_content(text)
        with self.connected() as client:
            client.send_message(message)

    def check(self) -> None:
        """Connect, encrypt and sign in, as for a message; raises UnavailableError."""
        with self.connected() as client:
            client.noop()

    @contextmanager
    def connected(self) -> "Iterator[SMTP]":
        """Hold a connection that is encrypted and signed in."""
        settings = self.settings()
        try:
            with self.open(settings) as client:
                if settings.security == "starttls":
                    client.starttls(context=context_of(settings))
                if settings.user:
                    client.login(settings.user, settings.password.get_secret_value())
                yield client
        except TROUBLE as error:
            reason = f"The mail server {settings.host}:{settings.port} cannot be used: {error}"
            raise UnavailableError(reason) from error

    def open(self, settings: SmtpSettings) -> "SMTP":
        """Return a connection, which is encrypted from the start where the settings want that."""
        place = (settings.host, settings.port)
        found: SMTP
        if settings.security == "tls":
            kind, context = loaded("smtplib:SMTP_SSL"), context_of(settings)
            found = kind(*place, timeout=settings.timeout, context=context)
        else:
            found = loaded("smtplib:SMTP")(*place, timeout=settings.timeout)
        return found


def context_of(settings: SmtpSettings) -> ssl.SSLContext:
    """Return what checks the server's certificate, by the system's authorities or a file's."""
    return ssl.create_default_context(cafile=settings.ca_file or None)
