"""Signing in by tokens, on the wire."""

from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from api.schemas.base import StrictRequest, without_nul
from api.services.accounts.values import Credentials
from api.services.sign_in.records import FactorState, NewFactor, Tokens

Password = Annotated[str, Field(min_length=1, max_length=4096)]


Code = Annotated[str, Field(max_length=64)]


class TokensRequest(StrictRequest):
    """Who signs in; with the `code` of a second factor where there is one."""

    email: str = Field(max_length=255)
    password: Password
    code: Code = ""

    def credentials(self) -> Credentials:
        """Return what the service takes."""
        return Credentials(self.email, self.password, self.code)


class PasswordRequest(StrictRequest):
    """The password of who asks, before something that matters."""

    password: Password


class CodeRequest(StrictRequest):
    """The first code of a second factor."""

    code: Code


class RefreshRequest(StrictRequest):
    """A refresh token, which is good once."""

    refresh_token: str = Field(max_length=1024)


class ResetRequest(StrictRequest):
    """Who has forgotten a password."""

    email: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(without_nul)]


class NewPasswordRequest(StrictRequest):
    """What a link that was mailed holds, and the new password."""

    token: str = Field(max_length=255)
    password: Password


class FactorAnswer(TypedDict):
    """Since when there is a second factor (ms, null for none), and whether there has to be."""

    since: int | None
    recovery_codes_left: int
    required: bool


class NewFactorAnswer(TypedDict):
    """A secret in base32, and the address that an app reads from a picture of it."""

    secret: str
    uri: str


class RecoveryCodesAnswer(TypedDict):
    """Codes for who has lost the device, each good once; they are shown this once."""

    recovery_codes: list[str]


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


def present_factor(state: FactorState) -> FactorAnswer:
    """Return the state of a second factor."""
    return {
        "since": state.since or None,
        "recovery_codes_left": state.codes_left,
        "required": state.is_required,
    }


def present_new_factor(made: NewFactor) -> NewFactorAnswer:
    """Return a factor that was just made."""
    return {"secret": made.secret, "uri": made.uri}


def present_recovery_codes(codes: list[str]) -> RecoveryCodesAnswer:
    """Return recovery codes."""
    return {"recovery_codes": codes}


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
