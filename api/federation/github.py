"""Signing in at GitHub or an Enterprise server, by OAuth 2: it has no ID tokens.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from api.config.identity import GitHubSettings, IdentitySettings, words_of
from api.federation.base import (
    Arrival,
    Attempt,
    FederationError,
    Identity,
    Problem,
    Renewed,
    SignedOut,
)
from api.federation.openid import OAuthClient, asking
from api.federation.web import Web

PUBLIC = "github.com"

ORGANIZATIONS = "read:org"


class GitHubProvider:
    """GitHub by its settings."""

    def __init__(self, settings: GitHubSettings, identity: IdentitySettings) -> None:
        """Initialize with the settings; nothing is asked yet."""
        self.settings = settings
        self.identity = identity
        self.web = Web(identity.timeout, identity.ca_file)

    @property
    def issuer(self) -> str:
        """Return what its people are known under."""
        return self.settings.address.rstrip("/")

    @property
    def api(self) -> str:
        """Return the address of its API."""
        if urlsplit(self.issuer).hostname == PUBLIC:
            return "https://api.github.com"
        return f"{self.issuer}/api/v3"

    def begin(self, attempt: Attempt) -> str:
        """Return the address at which a person signs in there."""
        with self.client(attempt.redirect) as client:
            url, _ = client.create_authorization_url(
                f"{self.issuer}/login/oauth/authorize",
                state=attempt.state,
                code_verifier=attempt.verifier,
            )
        return str(url)

    def finish(self, attempt: Attempt, code: str, _told_issuer: str = "") -> Arrival:
        """Return who has come back with a code."""
        url = f"{self.issuer}/login/oauth/access_token"
        with self.client(attempt.redirect) as client, asking(url):
            token = client.fetch_token(url, code=code, code_verifier=attempt.verifier)
        return Arrival(self.identity_of(str(token.get("access_token") or "")))

    def renew(self, _refresh_token: str, _subject: str) -> Renewed:
        """Refuse: its tokens have no end, and nothing renews them."""
        raise FederationError(Problem.REFUSED, "GitHub renews nothing.")

    def signed_out(self, _token: str) -> SignedOut:
        """Refuse: it does not tell of sign-outs."""
        raise FederationError(Problem.INVALID, "GitHub tells of no sign-outs.")

    def subject_of(self, token: str, resource: str) -> str:
        """Refuse: its tokens are for GitHub alone, and say nothing of whom they are for."""
        del token, resource
        raise FederationError(Problem.INVALID, "Tokens of GitHub open GitHub alone.")

    def farewell(self, _back: str) -> str:
        """Return no address: it ends no sessions for others."""
        return ""

    def check(self) -> str:
        """Ask whether its API answers."""
        self.web.read(f"{self.api}/meta")
        return f"{self.api} answers"

    def client(self, redirect: str) -> OAuthClient:
        """Return a client for some requests."""
        return OAuthClient(
            self.identity,
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret.get_secret_value(),
            scope=self.settings.scopes,
            redirect_uri=redirect,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
        )

    def identity_of(self, token: str) -> Identity:
        """Return a person by what the API tells of them; their id never changes, a login may."""
        told = self.web.mapping(f"{self.api}/user", token)
        mail = primary(self.web.read(f"{self.api}/user/emails", token))
        return Identity(
            issuer=self.issuer,
            subject=str(told["id"]),
            email=str(mail.get("email") or "").strip().lower(),
            is_verified=mail.get("verified") is True,
            name=str(told.get("name") or told.get("login") or ""),
            groups=self.organizations(token),
        )

    def organizations(self, token: str) -> tuple[str, ...]:
        """Return the organizations of a person, if they are told."""
        if ORGANIZATIONS not in words_of(self.settings.scopes.replace(" ", ",")):
            return ()
        found = self.web.read(f"{self.api}/user/orgs", token)
        listed = found if isinstance(found, list) else []
        return tuple(str(one.get("login")) for one in listed if isinstance(one, dict))


def primary(found: object) -> Mapping[str, object]:
    """Return the address that a person gets mail at, among those of the API."""
    listed = found if isinstance(found, list) else []
    return next((one for one in listed if isinstance(one, dict) and one.get("primary")), {})
