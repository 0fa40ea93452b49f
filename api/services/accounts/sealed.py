"""Passwords that arrive encrypted: what the front end of RAGFlow makes of what people type."""

import base64
import re
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from api.config.settings import AuthSettings
from api.errors import StartError

BITS = 2048
SEALED = re.compile(r"[A-Za-z0-9+/]{342}==")
"""Base64 of the 256 bytes that such a key makes of any text."""

Opened = Callable[[str], str]
"""Returns the password that somebody has typed, from the text that arrived."""


def password_opener(settings: AuthSettings) -> Opened:
    """Return what opens passwords with the key of the settings; without one they stay as they are.

    Raises StartError for a key that cannot be used; its phrase is in no message.
    """
    if not settings.password_key:
        return str
    phrase = settings.password_key_phrase.get_secret_value()
    try:
        content = Path(settings.password_key).read_bytes()
        key = load_pem_private_key(content, phrase.encode() or None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        # What the library says names neither key nor phrase.
        raise StartError(f"Setting auth.password_key cannot be used: {error}") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size != BITS:
        raise StartError(f"Setting auth.password_key must name an RSA key of {BITS} bits.")
    return lambda text: opened(key, text)


def opened(key: RSAPrivateKey, text: str) -> str:
    """Return what an encrypted password hides; any other text is a password as it is.

    Whoever asks cannot tell which of both happened: either way a hash of the result is compared,
    which takes a hundred times as long as the decryption, and a wrong one is answered the same.
    """
    if not SEALED.fullmatch(text):
        return text
    try:
        hidden = key.decrypt(base64.b64decode(text), PKCS1v15())
        return base64.b64decode(hidden, validate=True).decode()
    except ValueError:
        return text
