"""Access tokens as JWTs. This is loaded with the first one, and joserfc with it: 2 MB."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import extract_compact

from api.services.sign_in.tokens import SESSION_TYPE

ALGORITHM = "HS256"
TYPE = "at+jwt"
"""What tokens of a quarter of an hour say that they are; others say `SESSION_TYPE`."""

ISSUER = "raglan"
CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    sub={"essential": True},
    sid={"essential": True},
    exp={"essential": True},
)

MOST_REMEMBERED = 4096
"""Tokens whose signatures a process remembers; with one more it begins anew."""


def signed(claims: Mapping[str, object], key_id: str, secret: str, kind: str = TYPE) -> str:
    """Return a token with some claims."""
    header = {"alg": ALGORITHM, "kid": key_id, "typ": kind}
    return jwt.encode(header, {"iss": ISSUER, **claims}, key_of(secret), algorithms=[ALGORITHM])


class Proven(NamedTuple):
    """What a token says whose signature is that of a key."""

    key_id: str
    secret: str
    claims: jwt.Claims


class TokenReader:
    """Reads tokens; one whose signature was good is not taken apart again.

    Whether its key still is, and whether it is over, is looked at each time.
    """

    def __init__(self, find: Callable[[str], str | None]) -> None:
        """Initialize with what returns the secret of a key by its id, None if there is none."""
        self.find = find
        self._proven: dict[bytes, Proven] = {}

    def read(self, token: str) -> Mapping[str, object] | None:
        """Return the claims of a token that is good; None for another."""
        try:
            place = sha256(token.encode()).digest()
            known = self._proven.get(place)
            if known is None or self.find(known.key_id) != known.secret:
                known = self._prove(token)
            if known is None:
                return None
            CLAIMS.validate(known.claims)
        except (JoseError, ValueError):
            return None
        self._remember(place, known)
        return known.claims

    def _remember(self, place: bytes, proven: Proven) -> None:
        """Keep what a token says, under its digest."""
        if place not in self._proven and len(self._proven) >= MOST_REMEMBERED:
            self._proven.clear()
        self._proven[place] = proven

    def _prove(self, token: str) -> Proven | None:
        """Return what a token says; None without such a key, raises JoseError and ValueError."""
        header = extract_compact(token.encode()).headers()
        key_id = str(header.get("kid", ""))
        secret = self.find(key_id)
        if secret is None or header.get("typ") not in {TYPE, SESSION_TYPE}:
            return None
        claims = jwt.decode(token, key_of(secret), algorithms=[ALGORITHM]).claims
        return Proven(key_id, secret, claims)


@lru_cache(8)
def key_of(secret: str) -> OctKey:
    """Return the key of a secret."""
    return OctKey.import_key(secret)
