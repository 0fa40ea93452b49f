"""Signing in, and what a person says of themselves."""

from collections.abc import Sequence
from typing import NotRequired

from pydantic import ConfigDict, Field, SecretStr
from typing_extensions import TypedDict

from api.schemas.base import Request, StorableText
from api.schemas.openwebui.permission import Permissions, present_permissions
from api.services.accounts.records import ProfileRecord
from api.services.accounts.values import Credentials, NewAccount, ProfileChanges
from api.services.sign_in.records import FactorState
from api.services.webui.records import WebSession

IMAGE = "/api/v1/users/{}/profile/image"


class FactorAnswer(TypedDict):
    """Whether somebody has a second factor, has to, and how many recovery codes are left."""

    enabled: bool
    required: bool
    recovery_codes_remaining: int


class SignInRequest(Request):
    """Who signs in."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "a@b.org", "password": "x"}]}
    )

    email: str = Field(max_length=255)
    password: SecretStr = Field(max_length=1024)

    def credentials(self) -> Credentials:
        """Return what is checked."""
        return Credentials(self.email, self.password.get_secret_value())


class DirectoryRequest(Request):
    """Who signs in at the directory."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user": "anna", "password": "x"}]})

    user: str = Field(max_length=255)
    password: SecretStr = Field(max_length=1024)

    def credentials(self) -> Credentials:
        """Return what is checked."""
        return Credentials(self.user, self.password.get_secret_value())


class SignUpRequest(SignInRequest):
    """Who makes an account."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Ada", "email": "a@b.org", "password": "x"}]}
    )

    name: str = Field(max_length=100)

    def account(self) -> NewAccount:
        """Return the account that is wanted."""
        return NewAccount(self.email, self.password.get_secret_value(), self.name)


class ProfileRequest(Request):
    """What a person is called."""

    name: str = Field(min_length=1, max_length=100)

    def changes(self) -> ProfileChanges:
        """Return the columns to change."""
        return ProfileChanges({"nickname": self.name})


class PasswordRequest(Request):
    """The password that is, and the one that is wanted."""

    password: SecretStr = Field(max_length=1024)
    new_password: SecretStr = Field(max_length=1024)

    def changes(self) -> ProfileChanges:
        """Return what to change."""
        return ProfileChanges(
            {}, self.password.get_secret_value(), self.new_password.get_secret_value()
        )


class TimezoneRequest(Request):
    """Where a person is, as browsers name time zones; an empty name changes nothing."""

    timezone: StorableText = Field("", max_length=64)


class PersonAnswer(TypedDict):
    """Who somebody is."""

    id: str
    email: str
    name: str
    role: str
    profile_image_url: str


class SessionAnswer(PersonAnswer):
    """Who has signed in, and by which token; `expires_at` in seconds since 1970."""

    token: str
    token_type: str
    expires_at: int
    permissions: Permissions


class KeyAnswer(TypedDict):
    """An API key."""

    api_key: str


class DoneAnswer(TypedDict):
    """That something is done."""

    status: bool


class SignedOutAnswer(DoneAnswer):
    """That a session is over; where a browser ends what began elsewhere, too."""

    redirect_url: NotRequired[str]


def present_person(profile: ProfileRecord) -> PersonAnswer:
    """Return who somebody is."""
    return {
        "id": profile.id,
        "email": profile.email,
        "name": profile.nickname,
        "role": "admin" if profile.is_superuser else "user",
        "profile_image_url": IMAGE.format(profile.id),
    }


def present_session(
    session: WebSession, profile: ProfileRecord, may: Sequence[str]
) -> SessionAnswer:
    """Return who has signed in, and what they may do."""
    return {
        **present_person(profile),
        "token": session.token,
        "token_type": "Bearer",
        "expires_at": session.ends,
        "permissions": present_permissions(may),
    }


def present_factor(state: FactorState) -> FactorAnswer:
    """Return whether somebody has a second factor."""
    return {
        "enabled": state.since > 0,
        "required": state.is_required,
        "recovery_codes_remaining": state.codes_left,
    }


def present_key(key: str) -> KeyAnswer:
    """Return an API key."""
    return {"api_key": key}


def present_done() -> DoneAnswer:
    """Return that something is done."""
    return {"status": True}


def present_signed_out(elsewhere: str) -> SignedOutAnswer:
    """Return that a session is over, and where a browser is to go, if anywhere."""
    return {"status": True, "redirect_url": elsewhere} if elsewhere else {"status": True}


def present_truth(value: bool) -> bool:  # noqa: FBT001 - the answer is a bare truth value
    """Return a truth value as the whole answer."""
    return value


def present_number(value: int) -> int:
    """Return a number as the whole answer."""
    return value
