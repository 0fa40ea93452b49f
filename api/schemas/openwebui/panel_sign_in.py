"""The page Authentication of the front end's administrators: the provider, and the directory."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field
from typing_extensions import TypedDict

from api.config.openwebui import METADATA
from api.config.settings import Settings
from api.schemas.base import StorableText
from api.schemas.openwebui.panel import Panel, PanelRequest, Row, secret, text

PORTS = {"ldap": 389, "ldaps": 636}

BY_NAME = re.compile(r"\(([A-Za-z][\w;.-]*)=\{login\}\)")
BOTH = re.compile(r"\(&\(([A-Za-z][\w;.-]*)=\{login\}\)(\(.*\))\)")
"""Filters that find people by a name that they sign in with, and by something more."""

LONGEST = 2000
LOWEST, HIGHEST = 1, 65_535


def comes_from(name: str) -> Any:
    """Return what refuses to set something that another field says."""

    def refuse(_value: object, _before: object) -> object:
        raise ValueError(f"{name} says it")

    return refuse


def all_or(value: str) -> str:
    """Return a list of domains; `*` for all of them."""
    return value or "*"


def managed(value: Any, before: str) -> str:
    """Return into which groups people are put: none, or those that there are."""
    if not value:
        return "off"
    return before if before != "off" else "known"


def created(value: Any, before: str) -> str:
    """Return into which groups people are put: also new ones, or only those that there are."""
    if value:
        return "all"
    return "known" if before == "all" else before


def signs_up(value: Any, before: str) -> str:
    """Return whether people get an account with their first sign-in."""
    if value is None:
        return before
    return "on" if value else "off"


OAUTH = Panel(
    {
        "ENABLE_OAUTH": Row("oidc.client_id", "oauth.enable", bool, comes_from("OAUTH_CLIENT_ID")),
        "ENABLE_OAUTH_SIGNUP": Row(
            "oidc.sign_up", "oauth.enable_signup", lambda value: value == "on", signs_up
        ),
        "OAUTH_MERGE_ACCOUNTS_BY_EMAIL": Row("oidc.link_by_email", "oauth.merge_by_email"),
        "OAUTH_ALLOWED_DOMAINS": Row(
            "oidc.domains",
            "oauth.allowed_domains",
            all_or,
            lambda value, _: "" if value in {None, "*"} else value,
        ),
        "ENABLE_OAUTH_ROLE_MANAGEMENT": Row(
            "oidc.administrators",
            "oauth.enable_role_mapping",
            bool,
            comes_from("OAUTH_ADMIN_ROLES"),
        ),
        "OAUTH_ROLES_CLAIM": text("oidc.role_claim", "oauth.roles_claim"),
        "OAUTH_ADMIN_ROLES": text("oidc.administrators", "oauth.admin_roles"),
        "OAUTH_ALLOWED_ROLES": text("oidc.users", "oauth.allowed_roles"),
        "ENABLE_OAUTH_GROUP_MANAGEMENT": Row(
            "oidc.groups", "oauth.enable_group_mapping", lambda value: value != "off", managed
        ),
        "ENABLE_OAUTH_GROUP_CREATION": Row(
            "oidc.groups", "oauth.enable_group_creation", lambda value: value == "all", created
        ),
        "OAUTH_GROUP_CLAIM": text("oidc.group_claim", "oauth.group_claim"),
        "OAUTH_PROVIDER_NAME": text("oidc.title", "oauth.oidc.provider_name"),
        "OPENID_PROVIDER_URL": Row(
            "oidc.issuer",
            "oauth.oidc.provider_url",
            taken=lambda value, _: (value or "").removesuffix(METADATA),
        ),
        "OAUTH_CLIENT_ID": text("oidc.client_id", "oauth.oidc.client_id"),
        "OAUTH_CLIENT_SECRET": secret("oidc.client_secret", "oauth.oidc.client_secret"),
        "OAUTH_SCOPES": text("oidc.scopes", "oauth.oidc.scopes"),
    },
    {
        "OAUTH_AUTO_REDIRECT": False,
        "OAUTH_BLOCKED_GROUPS": "[]",
        "OAUTH_GROUP_DEFAULT_SHARE": False,
        "OPENID_REDIRECT_URI": "",
        "OAUTH_CODE_CHALLENGE_METHOD": "S256",
        "OAUTH_TOKEN_ENDPOINT_AUTH_METHOD": None,
        "OPENID_END_SESSION_ENDPOINT": "",
        "OAUTH_TIMEOUT": "",
        "OAUTH_CLIENT_TIMEOUT": "",
        "OAUTH_EMAIL_CLAIM": "email",
        "OAUTH_USERNAME_CLAIM": "name",
        "OAUTH_PICTURE_CLAIM": "",
        "OAUTH_SUB_CLAIM": None,
        "OAUTH_AUDIENCE": "",
        "OAUTH_UPDATE_EMAIL_ON_LOGIN": False,
        "OAUTH_UPDATE_NAME_ON_LOGIN": False,
        "OAUTH_UPDATE_PICTURE_ON_LOGIN": False,
        "OAUTH_REFRESH_TOKEN_INCLUDE_SCOPE": False,
        "ENABLE_OAUTH_PERSISTENT_CONFIG": True,
    },
)

DIRECTORY = Panel(
    {
        "attribute_for_mail": text("ldap.email_attribute", "ldap.server.attribute_for_mail"),
        "app_dn": text("ldap.bind_dn", "ldap.server.app_dn"),
        "app_dn_password": secret("ldap.bind_password", "ldap.server.app_password"),
        "search_base": text("ldap.base", "ldap.server.users_dn"),
        "enable_group_management": Row(
            "ldap.groups", "ldap.group.enable_management", lambda value: value != "off", managed
        ),
        "enable_group_creation": Row(
            "ldap.groups", "ldap.group.enable_creation", lambda value: value == "all", created
        ),
        "attribute_for_groups": text("ldap.group_attribute", "ldap.server.attribute_for_groups"),
    },
    {
        "label": "LDAP",
        "default_email_domain": "",
        "certificate_path": "",
        "validate_cert": True,
        "ciphers": "ALL",
    },
)


class OAuthRequest(PanelRequest):
    """The provider of OpenID Connect: the settings of `oidc`."""

    PANEL: ClassVar[Panel] = OAUTH

    ENABLE_OAUTH: bool | None = None
    ENABLE_OAUTH_SIGNUP: bool | None = None
    OAUTH_MERGE_ACCOUNTS_BY_EMAIL: bool = False
    OAUTH_ALLOWED_DOMAINS: StorableText | None = Field(None, max_length=LONGEST)
    ENABLE_OAUTH_ROLE_MANAGEMENT: bool | None = None
    OAUTH_ROLES_CLAIM: StorableText | None = Field(None, max_length=LONGEST)
    OAUTH_ADMIN_ROLES: StorableText | None = Field(None, max_length=LONGEST)
    OAUTH_ALLOWED_ROLES: StorableText | None = Field(None, max_length=LONGEST)
    ENABLE_OAUTH_GROUP_MANAGEMENT: bool | None = None
    ENABLE_OAUTH_GROUP_CREATION: bool | None = None
    OAUTH_GROUP_CLAIM: StorableText | None = Field(None, max_length=LONGEST)
    OAUTH_PROVIDER_NAME: StorableText | None = Field(None, max_length=LONGEST)
    OPENID_PROVIDER_URL: StorableText | None = Field(None, max_length=LONGEST)
    OAUTH_CLIENT_ID: StorableText | None = Field(None, max_length=LONGEST)
    OAUTH_CLIENT_SECRET: StorableText | None = Field(None, max_length=LONGEST)
    OAUTH_SCOPES: StorableText | None = Field(None, max_length=LONGEST)

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change; raises what all pages do."""
        found = super().values(settings)
        if self.ENABLE_OAUTH_GROUP_MANAGEMENT is False and "oidc.groups" in found:
            found["oidc.groups"] = "off"
        return found


class DirectoryOnRequest(PanelRequest):
    """Whether people sign in at the directory, once it has a host."""

    PANEL: ClassVar[Panel] = Panel({}, {})

    enable_ldap: bool | None = None

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change."""
        if self.enable_ldap in {None, is_used(settings)}:
            return {}
        return {"ldap.used": "on" if self.enable_ldap else "off"}


class DirectoryServerRequest(PanelRequest):
    """The directory: the settings of `ldap`; an empty `host` is none."""

    PANEL: ClassVar[Panel] = DIRECTORY

    host: StorableText | None = Field(None, max_length=255)
    port: int | None = Field(None, ge=LOWEST, le=HIGHEST)
    use_tls: bool | None = None
    attribute_for_mail: StorableText | None = Field(None, max_length=255)
    attribute_for_username: StorableText | None = Field(None, max_length=255)
    search_filters: StorableText | None = Field(None, max_length=LONGEST)
    app_dn: StorableText | None = Field(None, max_length=LONGEST)
    app_dn_password: StorableText | None = Field(None, max_length=LONGEST)
    search_base: StorableText | None = Field(None, max_length=LONGEST)
    enable_group_management: bool | None = None
    enable_group_creation: bool | None = None
    attribute_for_groups: StorableText | None = Field(None, max_length=255)

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change; raises what all pages do."""
        ours = {"host", "port", "use_tls", "attribute_for_username", "search_filters"}
        given = self.model_dump(exclude_unset=True)
        rest = {name: value for name, value in given.items() if name not in ours}
        found = self.PANEL.values(rest, settings)
        if self.enable_group_management is False and "ldap.groups" in found:
            found["ldap.groups"] = "off"
        shown = place_of(settings.ldap.url) | search_of(settings.ldap.user_filter)
        wanted = shown | {name: given[name] for name in ours & given.keys()}
        if wanted != shown:
            found |= {"ldap.url": url_of(wanted), "ldap.user_filter": filter_of(wanted)}
        return found


def is_used(settings: Settings) -> bool:
    """Return whether people sign in at the directory, once it has a host."""
    if settings.ldap.used == "auto":
        return bool(settings.ldap.url)
    return settings.ldap.used == "on"


def place_of(url: str) -> dict[str, object]:
    """Return where a directory is, in parts."""
    parts = urlsplit(url or "ldaps://")
    port = parts.port or PORTS.get(parts.scheme, PORTS["ldap"])
    return {"host": parts.hostname or "", "port": port, "use_tls": parts.scheme != "ldap"}


def url_of(place: Mapping[str, Any]) -> str:
    """Return the address of a directory; empty for none."""
    if not place["host"]:
        return ""
    scheme = "ldaps" if place["use_tls"] else "ldap"
    host = f"[{place['host']}]" if ":" in place["host"] else place["host"]
    return f"{scheme}://{host}:{place['port'] or PORTS[scheme]}"


def search_of(search: str) -> dict[str, object]:
    """Return how people are found, in parts: by an attribute, and by a filter.

    Without an attribute the filter is the whole of it.
    """
    by_name, both = BY_NAME.fullmatch(search), BOTH.fullmatch(search)
    found = by_name or both
    rest = both[2] if both else "" if by_name else search
    return {"attribute_for_username": found[1] if found else "", "search_filters": rest}


def filter_of(search: Mapping[str, Any]) -> str:
    """Return the filter that finds people."""
    name, rest = search["attribute_for_username"], search["search_filters"] or ""
    if not name:
        return str(rest)
    return f"(&({name}={{login}}){rest})" if rest else f"({name}={{login}})"


class OAuthAnswer(TypedDict):
    """What of a provider is a setting here; how the rest is built stands beside it."""

    ENABLE_OAUTH: bool
    ENABLE_OAUTH_SIGNUP: bool
    OAUTH_MERGE_ACCOUNTS_BY_EMAIL: bool
    OAUTH_ALLOWED_DOMAINS: str
    ENABLE_OAUTH_ROLE_MANAGEMENT: bool
    OAUTH_ROLES_CLAIM: str
    OAUTH_ADMIN_ROLES: str
    OAUTH_ALLOWED_ROLES: str
    ENABLE_OAUTH_GROUP_MANAGEMENT: bool
    ENABLE_OAUTH_GROUP_CREATION: bool
    OAUTH_GROUP_CLAIM: str
    OAUTH_PROVIDER_NAME: str
    OPENID_PROVIDER_URL: str
    OAUTH_CLIENT_ID: str
    OAUTH_CLIENT_SECRET: str
    OAUTH_SCOPES: str
    ENABLE_OAUTH_PERSISTENT_CONFIG: bool


class DirectoryOnAnswer(TypedDict):
    """Whether people sign in at the directory."""

    ENABLE_LDAP: bool


class DirectoryServerAnswer(TypedDict):
    """What of a directory is a setting here; how the rest is built stands beside it."""

    host: str
    port: int
    use_tls: bool
    attribute_for_mail: str
    attribute_for_username: str
    search_filters: str
    app_dn: str
    app_dn_password: str
    search_base: str
    enable_group_management: bool
    enable_group_creation: bool
    attribute_for_groups: str


def present_oauth(settings: Settings) -> OAuthAnswer:
    """Return the provider; its secret is hidden."""
    return OAUTH.shown(settings)  # type: ignore[return-value]  # its rows have these names


def present_directory_on(settings: Settings) -> DirectoryOnAnswer:
    """Return whether people sign in at the directory."""
    return {"ENABLE_LDAP": is_used(settings)}


def present_directory(settings: Settings) -> DirectoryServerAnswer:
    """Return the directory; its password is hidden."""
    ours = place_of(settings.ldap.url) | search_of(settings.ldap.user_filter)
    return {**DIRECTORY.shown(settings), **ours}  # type: ignore[typeddict-item]  # its rows have these names
