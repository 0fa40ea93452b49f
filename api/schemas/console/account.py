"""Accounts on the wire: what is sent to sign up, in, and to change them, and what is shown."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from api.schemas.base import Request, without_nul
from api.schemas.times import http_date
from api.services.accounts.records import ProfileRecord, Role, SignedIn, TenantRecord
from api.services.accounts.values import Credentials, NewAccount, ProfileChanges, TenantChanges

Password = Annotated[str, Field(min_length=1, max_length=4096)]
Nickname = Annotated[
    str,
    StringConstraints(strip_whitespace=True, strict=True, min_length=1, max_length=100),
    AfterValidator(without_nul),
]
ModelName = Annotated[str, Field(max_length=255), AfterValidator(without_nul)]
Avatar = Annotated[str, Field(max_length=65535), AfterValidator(without_nul)]
Language = Annotated[str, Field(max_length=32), AfterValidator(without_nul)]
Timezone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(without_nul)]

PARSERS = (
    "naive:General,qa:Q&A,manual:Manual,table:Table,paper:Paper,book:Book,laws:Laws,"
    "presentation:Presentation,picture:Picture,one:One,email:Email,tag:Tag"
)
"""The chunk methods of datasets, each with the console's word for it."""


class RegisterRequest(Request):
    """What a new account needs; the password is taken as it arrives, encrypted or not.

    `invitation` is the code of one, where that is needed.
    """

    nickname: Nickname
    email: str = Field(max_length=255)
    password: Password
    invitation: str = Field("", max_length=255)

    def values(self) -> NewAccount:
        """Return what the service takes."""
        return NewAccount(self.email, self.password, self.nickname)


class LoginRequest(Request):
    """Who signs in; the password is compared as it arrives. `code` is that of a second factor."""

    email: str = Field(max_length=255)
    password: Password
    code: str = Field("", max_length=64)

    def values(self) -> Credentials:
        """Return what the service takes."""
        return Credentials(self.email, self.password, self.code)


class SettingRequest(Request):
    """What a user changes about themselves; what is left out stays."""

    nickname: Nickname | None = None
    avatar: Avatar | None = None
    language: Language | None = None
    timezone: Timezone | None = None
    password: Password | None = None
    new_password: Password | None = None

    def values(self) -> ProfileChanges:
        """Return what the service takes."""
        columns = self.model_dump(exclude_none=True, exclude={"password", "new_password"})
        return ProfileChanges(columns, self.password or "", self.new_password)


class TenantInfoRequest(Request):
    """The models that a tenant uses by default, as `model@Provider`; what is left out stays."""

    tenant_id: str | None = None
    name: Nickname | None = None
    llm_id: ModelName | None = None
    embd_id: ModelName | None = None
    img2txt_id: ModelName | None = None
    asr_id: ModelName | None = None
    tts_id: ModelName | None = None
    rerank_id: ModelName | None = None

    def values(self) -> TenantChanges:
        """Return what the service takes."""
        columns = self.model_dump(exclude_none=True, exclude={"tenant_id"})
        return TenantChanges(self.tenant_id, columns)


class ProfileAnswer(TypedDict):
    """A user as the console shows them; times in ms, and as text."""

    id: str
    email: str
    nickname: str
    avatar: str
    language: str
    timezone: str
    is_superuser: bool
    is_active: str
    last_login_time: int
    create_time: int
    update_time: int
    create_date: str
    update_date: str
    status: str
    is_authenticated: str
    is_anonymous: str
    login_channel: str


class TenantInfoAnswer(TypedDict):
    """A tenant as the console shows it to its owner: models by name, and how files may be cut."""

    tenant_id: str
    name: str
    role: str
    llm_id: str
    embd_id: str
    img2txt_id: str
    asr_id: str
    tts_id: str
    rerank_id: str
    parser_ids: str


class SignedInAnswer(ProfileAnswer):
    """A user who has just signed in; `access_token` is what the header has, too."""

    access_token: str


def present_profile(user: ProfileRecord) -> ProfileAnswer:
    """Return a user as the console shows them."""
    return {
        "id": user.id,
        "email": user.email,
        "nickname": user.nickname,
        "avatar": user.avatar,
        "language": user.language,
        "timezone": user.timezone,
        "is_superuser": user.is_superuser,
        "is_active": "1" if user.is_active else "0",
        "last_login_time": user.last_login_time,
        "create_time": user.create_time,
        "update_time": user.update_time,
        "create_date": http_date(user.create_time),
        "update_date": http_date(user.update_time),
        "status": "1",
        "is_authenticated": "1",
        "is_anonymous": "0",
        "login_channel": "password",
    }


def present_signed_in(made: SignedIn) -> SignedInAnswer:
    """Return a user who has just signed in, with the token of their session."""
    return {**present_profile(made.user), "access_token": made.token}


def present_tenant(tenant: TenantRecord) -> TenantInfoAnswer:
    """Return a tenant as the console shows it to its owner."""
    return {
        "tenant_id": tenant.id,
        "name": tenant.name,
        "role": Role.OWNER.value,
        "llm_id": tenant.llm_id,
        "embd_id": tenant.embd_id,
        "img2txt_id": tenant.img2txt_id,
        "asr_id": tenant.asr_id,
        "tts_id": tenant.tts_id,
        "rerank_id": tenant.rerank_id,
        "parser_ids": PARSERS,
    }
