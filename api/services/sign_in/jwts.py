"""Access tokens as JWTs. This is loaded with the first one, and joserfc with it: 2 MB."""

from collections.abc import Callable, Mapping
from functools import lru_cache

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


def signed(claims: Mapping[str, object], key_id: str, secret: str, kind: str = TYPE) -> str:
    """Return a token with some claims."""
    header = {"alg": ALGORITHM, "kid": key_id, "typ": kind}
    return jwt.encode(header, {"iss": ISSUER, **claims}, key_of(secret), algorithms=[ALGORITHM])


def read(token: str, find: Callable[[str], str | None]) -> Mapping[str, object] | None:
    """Return the claims of a token that is good; None for another.

    `find` returns the secret of a key by its id, None if there is none.
    """
    try:
        header = extract_compact(token.encode()).headers()
        secret = find(str(header.get("kid", "")))
        if secret is None or header.get("typ") not in {TYPE, SESSION_TYPE}:
            return None
        claims = jwt.decode(token, key_of(secret), algorithms=[ALGORITHM]).claims
        CLAIMS.validate(claims)
    except (JoseError, ValueError):
        return None
    return claims


@lru_cache(8)
def key_of(secret: str) -> OctKey:
    """Return the key of a secret."""
    return OctKey.import_key(secret)
