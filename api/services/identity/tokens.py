"""People whose programs have an access token that their provider made for a part of this server.

A token is taken where its signature is the provider's, where it was made for that part alone, and
where its person has signed in here before: it makes no account, and changes no role.
https://datatracker.ietf.org/doc/html/rfc9068
"""

import base64
import logging
from collections.abc import Callable

import orjson

from api.config.settings import Settings
from api.db.connection import Database, connected
from api.errors import NotAllowedError, UnavailableError
from api.federation.base import FederationError, Problem
from api.federation.registry import Providers
from api.services.accounts.queries.accounts import epoch_of, find_user
from api.services.accounts.records import Principal
from api.services.identity import queries
from api.services.identity.entry import digest

log = logging.getLogger(__name__)

BEGINNING = "eyJ"
"""How every JWT begins."""


NO_ACCOUNT = "No account here is open to you: sign in at {} with the same account first."


class ProviderTokens:
    """Tells whose an access token of a provider is."""

    def __init__(
        self, providers: Providers, database: Database, settings: Callable[[], Settings]
    ) -> None:
        """Initialize with the parts."""
        self.providers = providers
        self.database = database
        self.settings = settings

    @property
    def issuer(self) -> str:
        """Return who makes the tokens that are taken; empty where none are.

        Without an address of this server in the settings a token could be one for another server.
        """
        current = self.settings()
        name = current.identity.mcp_tokens_of
        is_there = bool(current.server.public_url) and self.providers.rules(name) is not None
        return self.providers.named(name).issuer if is_there else ""

    def authenticate(self, token: str, path: str) -> Principal | None:
        """Return who asks by a token that was made for a path here; None if it is no such token.

        Raises UnavailableError where the provider does not tell its keys, and NotAllowedError for
        somebody without an account that is open to them.
        """
        issuer = self.issuer
        if not issuer or issuer_of(token) != issuer:
            return None
        current = self.settings()
        provider = self.providers.named(current.identity.mcp_tokens_of)
        resource = f"{current.server.public_url.rstrip('/')}{path}"
        try:
            subject = provider.subject_of(token, resource)
        except FederationError as error:
            log.warning("A token of %s is not taken (%s): %s", issuer, error.problem, error)
            if error.problem is Problem.AWAY:
                raise UnavailableError("The provider of access tokens does not answer.") from error
            return None
        found = self.known(issuer, subject)
        if found is None:
            raise NotAllowedError(NO_ACCOUNT.format(self.settings().server.public_url))
        return found

    @connected
    def known(self, issuer: str, subject: str) -> Principal | None:
        """Return who asks as a person of the provider; None if no account is open to them."""
        found = queries.find_identity(self.database, digest(issuer, subject))
        if found is None:
            return None
        return find_user(self.database, found.user_id, epoch_of(self.database, found.user_id))


def issuer_of(token: str) -> str:
    """Return who says to have made a token, which may be anybody; empty for what is none."""
    if not token.startswith(BEGINNING):
        return ""
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    except (ValueError, LookupError):
        return ""
    found = claims.get("iss") if isinstance(claims, dict) else ""
    return found if isinstance(found, str) else ""
