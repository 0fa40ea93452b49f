"""Accounts on the wire: what is sent to sign up, in, and to change them, and what is shown."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.schemas.base import Request, without_nul
from api.schemas.times import http_date
from api.services.accounts.records import ProfileRecord, Role, TenantRecord
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


class RegisterRequest(Request):
    """What a new account needs; the password is taken as it arrives, encrypted or not."""

    nickname: Nickname
    email: str = Field(max_length=255)
    password: Password

    def values(self) -> NewAccount:
        """Return what the service takes."""
        return NewAccount(self.email, self.password, self.nickname)


class LoginRequest(Request):
    """Who signs in; the password is compared as it arrives."""

    email: str = Field(max_length=255)
    password: Password

    def values(self) -> Credentials:
        """Return what the service takes."""
        return Credentials(self.email, self.password)


class SettingRequest(Request):
    """What a user changes about themselves; what is left out stays."""

    nickname: Nickname | None = None
    avatar: Avatar | None = None
    language: Language | None = None
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


def present_profile(user: ProfileRecord) -> dict[str, object]:
    """Return a user as the console shows them."""
    return {
        **user._asdict(),
        "create_date": http_date(user.create_time),
        "update_date": http_date(user.update_time),
        "is_active": "1" if user.is_active else "0",
        "status": "1",
        "is_authenticated": "1",
        "is_anonymous": "0",
        "login_channel": "password",
    }


def present_tenant(tenant: TenantRecord) -> dict[str, object]:
    """Return a tenant as the console shows it to its owner."""
    models = {name: value for name, value in tenant._asdict().items() if name.endswith("_id")}
    return {"tenant_id": tenant.id, "name": tenant.name, "role": Role.OWNER.value, **models}
