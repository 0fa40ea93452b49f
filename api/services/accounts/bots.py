"""Tokens of pages that are shown to anybody: each opens the bots of an API key's tenant."""

import hmac

from api.db.connection import Database, connected
from api.secrets import SecretKey
from api.services.accounts.queries import keys as queries
from api.services.accounts.records import Principal

HANDLE = 12
"""Characters of a token that say which key it is of."""

LENGTH = 32


class BotTokens:
    """Makes and reads tokens of bots.

    A token is the beginning of its key's id and 80 bits that only the server's secret gives, so
    nothing of it is stored. It is good as long as its key is.
    """

    def __init__(self, database: Database, secret: SecretKey) -> None:
        """Initialize with the parts; the secret is read when it is first needed."""
        self.database = database
        self.secret = secret

    def token(self, key_id: str) -> str:
        """Return the token of an API key."""
        digest = hmac.digest(self.secret.derive("tokens of bots"), key_id.encode(), "sha256")
        return key_id[:HANDLE] + digest.hex()[: LENGTH - HANDLE]

    @connected
    def authenticate(self, token: str) -> Principal | None:
        """Return who a token stands for; None if it is wrong, or its key revoked."""
        if len(token) != LENGTH or not token.isascii():
            return None
        found = queries.keys_beginning(self.database, token[:HANDLE])
        matching = (one for one in found if hmac.compare_digest(self.token(one.key_id), token))
        return next(matching, None)
