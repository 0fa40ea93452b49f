"""Signing in at a provider of OpenID Connect: the code flow with PKCE, state and nonce.

Authlib makes the requests and checks ID tokens, joserfc checks signatures.
https://openid.net/specs/openid-connect-core-1_0.html
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import Claims, ClaimsOption, JWTClaimsRegistry
from joserfc.registry import Header

from api.config.identity import IdentitySettings, OidcSettings
from api.federation.base import (
    Arrival,
    Attempt,
    FederationError,
    Identity,
    Problem,
    Renewed,
    SignedOut,
    claim,
    texts_in,
)
from api.federation.web import Bounded, Web, prepared, reaching

WELL_KNOWN = "/.well-known/openid-configuration"

ALGORITHMS = frozenset(
    (
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    )
)
"""Signatures by a key that the provider alone has; the others could be made by who knows ours."""

LEEWAY = 120
"""Seconds by which the clocks may differ."""

REFUSALS = frozenset({"invalid_grant", "access_denied"})
"""What is said of a code or a refresh token that does not count, or not any more."""

CLOCK_CLAIMS = frozenset({"iat", "nbf"})

FRESH = 3600.0
"""Seconds for which a provider's configuration and keys are kept."""

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
"""What a logout token is about: https://openid.net/specs/openid-connect-backchannel-1_0.html"""

LOGOUT_AGE = 600
"""Seconds: who keeps a token of a person's logout ends none of their later sessions with it."""

TOKEN_TYPES = frozenset({"at+jwt", "jwt"})
"""Of access tokens: as RFC 9068 has it, and as providers that are older than it do."""

NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class OAuthClient(Bounded, OAuth2Session):  # type: ignore[misc] # Authlib has no types
    """The client of Authlib, whose answers come in a bounded time."""

    def __init__(self, identity: IdentitySettings, **options: Any) -> None:
        """Initialize with limits, and with what Authlib's client takes."""
        OAuth2Session.__init__(self, code_challenge_method="S256", **options)
        prepared(self, identity.timeout, identity.ca_file)


class Known(NamedTuple):
    """What a provider says of itself and its keys, until a time of the monotonic clock."""

    metadata: Mapping[str, object]
    keys: KeySet
    until: float


class OpenIdProvider:
    """A provider by its settings; what it says of itself is asked for when it is needed."""

    def __init__(
        self,
        settings: OidcSettings,
        identity: IdentitySettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Initialize with the settings; nothing is asked yet."""
        self.settings = settings
        self.identity = identity
        self.clock = clock
        self.web = Web(identity.timeout, identity.ca_file)
        self._known: Known | None = None

    @property
    def issuer(self) -> str:
        """Return what its people are known under."""
        return self.settings.issuer

    def begin(self, attempt: Attempt) -> str:
        """Return the address at which a person signs in there."""
        with self.client(attempt.redirect) as client:
            url, _ = client.create_authorization_url(
                self.endpoint("authorization_endpoint"),
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(url)

    def finish(self, attempt: Attempt, code: str, told_issuer: str = "") -> Arrival:
        """Return who has come back with a code; `told_issuer` is who says to have sent them."""
        if told_issuer and told_issuer != self.issuer:
            raise FederationError(Problem.INVALID, f"An answer comes from {told_issuer}.")
        url = self.endpoint("token_endpoint")
        with self.client(attempt.redirect) as client, asking(url):
            token = client.fetch_token(url, code=code, code_verifier=attempt.verifier)
        claims = self.checked(token, attempt.nonce)
        return Arrival(
            self.identity_of(self.completed(claims, token)),
            str(claims.get("sid") or ""),
            str(token.get("refresh_token") or ""),
        )

    def renew(self, refresh_token: str, subject: str) -> Renewed:
        """Ask again about a person by a refresh token, which may count only once."""
        url = self.endpoint("token_endpoint")
        with self.client("") as client, asking(url):
            token = client.refresh_token(url, refresh_token=refresh_token, scope=None)
        following = str(token.get("refresh_token") or refresh_token)
        if not token.get("id_token"):
            return Renewed(following)
        claims = self.checked(token, "")
        if claims["sub"] != subject:
            raise FederationError(Problem.REFUSED, "A refresh token stands for somebody else.")
        return Renewed(following, self.identity_of(self.completed(claims, token)))

    def signed_out(self, token: str) -> SignedOut:
        """Return what a logout token is about; one that is ten minutes old is none any more."""
        _, claims = self.opened(token)
        with reading():
            wanted = self.expected()
            JWTClaimsRegistry(
                leeway=LEEWAY, iat={"essential": True}, iss=wanted["iss"], aud=wanted["aud"]
            ).validate(claims)
        events = claims.get("events")
        is_logout = isinstance(events, dict) and isinstance(events.get(LOGOUT), dict)
        is_fresh = float(claims["iat"]) > time.time() - LOGOUT_AGE
        session, subject = (str(claims.get(name) or "") for name in ("sid", "sub"))
        if not (is_logout and is_fresh) or "nonce" in claims or not (session or subject):
            raise FederationError(Problem.INVALID, "The token is no fresh logout token.")
        return SignedOut(self.issuer, session, subject)

    def subject_of(self, token: str, resource: str) -> str:
        """Return whose an access token is that was made for a resource of this server.

        An ID token is none, as it is made for our client.
        """
        header, claims = self.opened(token)
        if str(header.get("typ", "")).lower().removeprefix("application/") not in TOKEN_TYPES:
            raise FederationError(Problem.INVALID, "The token is no access token.")
        with reading():
            JWTClaimsRegistry(
                leeway=LEEWAY,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": resource},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(claims)
        return str(claims["sub"])

    def farewell(self, back: str) -> str:
        """Return where a browser ends its session there, to come `back`; empty for nowhere.

        https://openid.net/specs/openid-connect-rpinitiated-1_0.html
        """
        place = self.known().metadata.get("end_session_endpoint")
        if not isinstance(place, str):
            return ""
        told = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        return f"{place}{'&' if '?' in place else '?'}{urlencode(told)}"

    def check(self) -> str:
        """Ask for the configuration and the keys; return what was found."""
        self._known = None
        known = self.known()
        return f"{self.issuer} has {len(known.keys.keys)} keys"

    # What the provider says of itself.

    def known(self, *, keys_of_now: bool = False) -> Known:
        """Return its configuration and keys, asked for again when they are old or a key is new."""
        known = self._known
        if known is None or keys_of_now or self.clock() >= known.until:
            metadata = self.web.mapping(self.issuer.rstrip("/") + WELL_KNOWN)
            if metadata.get("issuer") != self.issuer:
                said = f"{self.issuer} says that it is {metadata.get('issuer')!r}."
                raise FederationError(Problem.AWAY, said)
            lacking = [name for name in NEEDED if not isinstance(metadata.get(name), str)]
            if lacking:
                raise FederationError(Problem.AWAY, f"{self.issuer} names no {lacking[0]}.")
            known = Known(metadata, self.keys_at(str(metadata["jwks_uri"])), self.clock() + FRESH)
            self._known = known
        return known

    def keys_at(self, url: str) -> KeySet:
        """Return the keys at an address."""
        found = self.web.mapping(url)
        try:
            return KeySet.import_key_set(found)  # type: ignore[arg-type] # it is looked through
        except (JoseError, ValueError, TypeError, LookupError) as error:
            raise FederationError(Problem.AWAY, f"{url} has no keys: {error}") from error

    def endpoint(self, name: str) -> str:
        """Return an address of the provider."""
        return str(self.known().metadata[name])

    def client(self, redirect: str) -> OAuthClient:
        """Return a client for some requests."""
        methods = self.known().metadata.get("token_endpoint_auth_methods_supported")
        secret = self.settings.client_secret.get_secret_value()
        return OAuthClient(
            self.identity,
            client_id=self.settings.client_id,
            client_secret=secret or None,
            scope=self.settings.scopes,
            redirect_uri=redirect,
            token_endpoint_auth_method=method_of(methods) if secret else "none",
        )

    # What it says of a person.

    def checked(self, token: Mapping[str, object], nonce: str) -> Claims:
        """Return the claims of an ID token that came with a token."""
        header, claims = self.opened(str(token.get("id_token") or ""))
        params = {"client_id": self.settings.client_id, "access_token": token.get("access_token")}
        if nonce:
            params["nonce"] = nonce
        with reading():
            CodeIDToken(claims, header, self.expected(), params).validate(leeway=LEEWAY)
        return claims

    def expected(self) -> dict[str, ClaimsOption]:
        """Return of whom a token has to be, and for whom."""
        return {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
        }

    def opened(self, token: str) -> tuple[Header, Claims]:
        """Return header and claims of a token whose signature is the provider's."""
        registry = JWSRegistry(algorithms=sorted(ALGORITHMS), strict_check_header=False)
        with reading():
            try:
                found = jwt.decode(token, self.known().keys, registry=registry)
            except InvalidKeyIdError:  # it has another key by now
                found = jwt.decode(token, self.known(keys_of_now=True).keys, registry=registry)
        return dict(found.header), dict(found.claims)

    def completed(
        self, claims: Mapping[str, object], token: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Return claims with what the provider tells of a person beside its ID token."""
        url = self.known().metadata.get("userinfo_endpoint")
        if not isinstance(url, str) or not token.get("access_token"):
            return claims
        told = self.web.mapping(url, str(token["access_token"]))
        if told.get("sub") != claims["sub"]:
            raise FederationError(Problem.INVALID, f"{url} tells of somebody else.")
        return {**told, **claims}

    def identity_of(self, claims: Mapping[str, object]) -> Identity:
        """Return a person by the claims about them."""
        is_verified = claims.get("email_verified") in (True, "true")
        return Identity(
            issuer=self.issuer,
            subject=str(claims["sub"]),
            email=str(claims.get("email") or "").strip().lower(),
            is_verified=is_verified or self.settings.trust_email,
            name=str(claims.get("name") or claims.get("preferred_username") or ""),
            roles=texts_in(claim(claims, self.settings.role_claim)),
            groups=texts_in(claim(claims, self.settings.group_claim)),
        )


def method_of(supported: object) -> str:
    """Return how the client says who it is, by what a provider supports."""
    found = supported if isinstance(supported, list) else []
    first = "client_secret_basic"
    return "client_secret_post" if first not in found and "client_secret_post" in found else first


@contextmanager
def asking(url: str) -> Iterator[None]:
    """Make what an endpoint of tokens refuses a FederationError, and what keeps it from answering.

    Authlib raises what `requests` and its own reading of the answer raise.
    """
    try:
        with reaching(url):
            yield
    except AuthlibBaseError as error:
        problem = Problem.REFUSED if error.error in REFUSALS else Problem.AWAY
        raise FederationError(problem, f"{url} refuses: {error}") from error
    except ValueError as error:
        raise FederationError(Problem.AWAY, f"{url} answers nothing that is a token.") from error


@contextmanager
def reading() -> Iterator[None]:
    """Make what is wrong with a token a FederationError."""
    try:
        yield
    except (ExpiredTokenError, ClaimError) as error:
        is_clock = isinstance(error, ExpiredTokenError) or error.claim in CLOCK_CLAIMS
        problem = Problem.CLOCK if is_clock else Problem.INVALID
        raise FederationError(problem, f"A token is not accepted: {error}") from error
    except (JoseError, ValueError) as error:
        raise FederationError(Problem.INVALID, f"A token cannot be read: {error}") from error
