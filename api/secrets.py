"""The server's secret key, from which everything that it signs or encrypts is derived."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

FILE_NAME = "secret.key"


class SecretKey:
    """The key of the settings, or one that is generated into the data folder when first used."""

    def __init__(self, given: str, data_path: Path) -> None:
        """Initialize with the source of the key; nothing is read yet."""
        self.given = given
        self.path = data_path / FILE_NAME

    @cached_property
    def value(self) -> bytes:
        """Return the key; all processes on a data folder get the same."""
        return self.given.encode() or self.read_or_create()

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes that are good for one purpose only (HMAC-SHA256 of its name)."""
        return hmac.digest(self.value, purpose.encode(), hashlib.sha256)

    def read_or_create(self) -> bytes:
        """Return the file's content, writing the file first where there is none.

        It is written whole under another name and then linked, which only the first of several
        processes can do; the others read what that one wrote.
        """
        if not self.path.exists():
            partial = self.path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_urlsafe(48).encode())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(partial, self.path)
            partial.unlink()
        return self.path.read_bytes()


class Cipher:
    """Encrypts what is kept in the database and must be read again, such as keys of providers."""

    def __init__(self, secret: SecretKey) -> None:
        """Initialize with the secret; it is read when it is first needed."""
        self.secret = secret

    def encrypt(self, text: str) -> str:
        """Return a text in a form that only this server can read; empty stays empty."""
        return self.fernet.encrypt(text.encode()).decode() if text else ""

    def decrypt(self, encrypted: str) -> str:
        """Return the text; raises cryptography's InvalidToken if the secret has changed."""
        return self.fernet.decrypt(encrypted.encode()).decode()

    @cached_property
    def fernet(self) -> Fernet:
        """Return the cipher: AES with a MAC."""
        return Fernet(base64.urlsafe_b64encode(self.secret.derive("kept in the database")))


def opener(given: str, data_path: Path) -> Callable[[str], str | None]:
    """Return what decrypts by the key of the settings, or that of a data folder, if it has one."""
    secret = SecretKey(given, data_path)
    if not given and not secret.path.exists():
        return lambda _: None
    return partial(opened, Cipher(secret))


def opened(cipher: Cipher, encrypted: str) -> str | None:
    """Return what a text hides; None for one that was encrypted by another key."""
    try:
        return cipher.decrypt(encrypted)
    except InvalidToken:
        return None
