"""Passwords as RAGFlow's pages encrypt them, and keys to open them."""

import base64
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

PHRASE = "a phrase"


@cache
def sealing_key() -> RSAPrivateKey:
    """Return a key of the length that the pages have."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def write_key(path: Path) -> Path:
    """Write the key into a file, under its phrase."""
    secret = BestAvailableEncryption(PHRASE.encode())
    text = sealing_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, secret)
    path.write_bytes(text)
    return path


def sealed(password: str, key: RSAPrivateKey | None = None) -> str:
    """Return a password as a page sends it, each time another text."""
    return encrypted(base64.b64encode(password.encode()), key)


def encrypted(content: bytes, key: RSAPrivateKey | None = None) -> str:
    """Return what a page makes of some bytes."""
    public = (key or sealing_key()).public_key()
    return base64.b64encode(public.encrypt(content, PKCS1v15())).decode()
