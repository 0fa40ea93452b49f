"""Accounts on the wire: what is sent to sign up, in, and to change them."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.schemas.base import Request, without_nul

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


class LoginRequest(Request):
    """Who signs in; the password is compared as it arrives."""

    email: str = Field(max_length=255)
    password: Password


class SettingRequest(Request):
    """What a user changes about themselves; what is left out stays."""

    nickname: Nickname | None = None
    avatar: Avatar | None = None
    language: Language | None = None
    password: Password | None = None
    new_password: Password | None = None


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
