"""Signing in by tokens, on the wire."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import StrictRequest
from api.services.accounts.values import Credentials
from api.services.sign_in.records import Tokens

Password = Annotated[str, Field(min_length=1, max_length=4096)]


class TokensRequest(StrictRequest):
    """Who signs in."""

    email: str = Field(max_length=255)
    password: Password

    def credentials(self) -> Credentials:
        """Return what the service takes."""
        return Credentials(self.email, self.password)


class RefreshRequest(StrictRequest):
    """A refresh token, which is good once."""

    refresh_token: str = Field(max_length=1024)


class TokensAnswer(TypedDict):
    """An access token, the refresh token that makes the next one, and their seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    user_id: str
    email: str
    nickname: str


def present_tokens(made: Tokens) -> TokensAnswer:
    """Return tokens as they go out, by the names of OAuth 2 (RFC 6749, 5.1)."""
    return {
        "access_token": made.access,
        "token_type": "Bearer",
        "expires_in": made.access_seconds,
        "refresh_token": made.refresh,
        "refresh_expires_in": made.refresh_seconds,
        "user_id": made.user.id,
        "email": made.user.email,
        "nickname": made.user.nickname,
    }
