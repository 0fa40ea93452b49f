"""Settings of who else says who people are: providers, a directory, a proxy in front."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic import field_validator as validates

from api.config.kinds import HttpAddress, Live, Networks, Seconds, networks_of, switched
from api.config.section import Section

LDAP_SCHEMES = frozenset({"ldap", "ldaps"})
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")

Newcomers = Annotated[Literal["auto", "on", "approval", "off"], BeforeValidator(switched)]
"""Whether people get an account with their first sign-in; `auto` is what `auth.sign_up` says."""


Used = Annotated[Literal["auto", "on", "off"], BeforeValidator(switched)]
"""Whether a directory is used; `auto` is where it has an address."""


Groups = Annotated[Literal["off", "known", "all"], BeforeValidator(switched)]
"""Into which groups people are put."""


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a list with commas between."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def ldap_address(value: str) -> str:
    """Refuse what is no address of a directory; an empty one means none."""
    parts = urlsplit(value)
    port = parts.port  # a look at it finds one that is no number
    if value and (parts.scheme not in LDAP_SCHEMES or not parts.hostname or port == 0):
        raise ValueError("it must be ldap://host:port or ldaps://host:port, or be empty")
    return value


def filter_with(*names: str) -> AfterValidator:
    """Return what refuses a search filter in which a place is missing, or brackets do not match."""

    def checked(value: str) -> str:
        is_closed = value.startswith("(") and value.count("(") == value.count(")")
        if not is_closed or not all(f"{{{name}}}" in value for name in names):
            wanted = " and ".join(f"{{{name}}}" for name in names)
            raise ValueError(f"it must be a filter in brackets that has {wanted}")
        return value

    return AfterValidator(checked)


LdapAddress = Annotated[str, AfterValidator(ldap_address)]


def header_name(value: str) -> str:
    """Refuse what is no name of a header; an empty one means none."""
    if value and not HEADER.fullmatch(value):
        raise ValueError("it must be the name of a header: letters, digits and -")
    return value


HeaderName = Annotated[str, AfterValidator(header_name)]


class IdentitySettings(Section):
    """What all that say who people are have in common."""

    timeout: Live[Seconds] = 10
    renew_minutes: Live[float] = Field(15, ge=0, allow_inf_nan=False)
    ca_file: Live[str] = ""
    mcp_tokens_of: Live[Literal["", "oidc", "microsoft"]] = ""


class EntrySettings(Section):
    """Who of those that another place knows may come in, and as what.

    `administrators` and `users` are names of roles or groups there. `groups` says whether people
    are put into the groups of the same names here, those that there are, or also new ones.
    """

    sign_up: Live[Newcomers] = "auto"
    domains: Live[str] = ""
    administrators: Live[str] = ""
    users: Live[str] = ""
    groups: Live[Groups] = "off"

    @property
    def links(self) -> bool:
        """Return whether who has the address of an account is its owner."""
        return False

    def welcomes(self, held: Iterable[str]) -> bool:
        """Return whether who holds these roles and groups may come in."""
        wanted = {*words_of(self.users), *words_of(self.administrators)}
        return not words_of(self.users) or not wanted.isdisjoint(held)

    def takes(self, email: str) -> bool:
        """Return whether people with this address may come in."""
        domains = {domain.lower() for domain in words_of(self.domains)}
        return not domains or email.rpartition("@")[2].lower() in domains

    def administers(self, held: Iterable[str]) -> bool | None:
        """Return whether these roles make an administrator; None where no roles say who is."""
        named = set(words_of(self.administrators))
        return not named.isdisjoint(held) if named else None


class ProviderSettings(EntrySettings):
    """A provider at which people sign in; without `client_id` there is none."""

    title: Live[str] = ""
    client_id: Live[str] = ""
    client_secret: Live[SecretStr] = SecretStr("")
    scopes: Live[str] = ""
    link_by_email: Live[bool] = False

    @property
    def links(self) -> bool:
        """Return whether who has the address of an account there is its owner here."""
        return self.link_by_email


class OidcSettings(ProviderSettings):
    """A provider of OpenID Connect; `issuer` is where its configuration is found."""

    issuer: Live[HttpAddress] = ""
    title: Live[str] = "OpenID Connect"
    scopes: Live[str] = "openid email profile"
    trust_email: Live[bool] = False
    role_claim: Live[str] = "roles"
    group_claim: Live[str] = "groups"

    @validates("issuer")
    @classmethod
    def is_there(cls, value: str, info: ValidationInfo) -> str:
        """Refuse a client of nobody."""
        if info.data.get("client_id") and not value:
            raise ValueError("it is missing beside client_id")
        return value


class GoogleSettings(OidcSettings):
    """Google; https://accounts.google.com/.well-known/openid-configuration."""

    issuer: Live[HttpAddress] = "https://accounts.google.com"
    title: Live[str] = "Google"


class MicrosoftSettings(OidcSettings):
    """Microsoft Entra; the issuer has the directory in it.

    Addresses of others can be in its tokens, so that they count as verified only if told so.
    """

    title: Live[str] = "Microsoft"


class GitHubSettings(ProviderSettings):
    """GitHub, or an Enterprise server; groups are the organizations of a person.

    These are only told with the scope `read:org`.
    """

    address: Live[HttpAddress] = "https://github.com"
    title: Live[str] = "GitHub"
    scopes: Live[str] = "read:user user:email"


class LdapSettings(EntrySettings):
    """A directory that checks passwords; an empty address means none, as does `used` with off."""

    used: Live[Used] = "auto"
    url: Live[LdapAddress] = ""
    start_tls: Live[bool] = True
    bind_dn: Live[str] = ""
    bind_password: Live[SecretStr] = SecretStr("")
    base: Live[str] = ""
    user_filter: Annotated[Live[str], filter_with("login")] = "(mail={login})"
    id_attribute: Live[str] = Field("entryUUID", min_length=1)
    email_attribute: Live[str] = Field("mail", min_length=1)
    name_attribute: Live[str] = "cn"
    group_attribute: Live[str] = "memberOf"
    group_base: Live[str] = ""
    group_filter: Annotated[Live[str], filter_with("dn")] = "(member={dn})"
    link_by_email: Live[bool] = False

    @property
    def is_on(self) -> bool:
        """Return whether there is a directory, and it is used."""
        return bool(self.url) and self.used != "off"

    @property
    def links(self) -> bool:
        """Return whether who has the address of an account there is its owner here."""
        return self.link_by_email


class ProxySettings(EntrySettings):
    """A proxy that signs people in and names them in headers; without `email_header` there is none.

    Its word counts from `addresses` alone.
    """

    addresses: Live[Networks] = ""
    email_header: Live[HeaderName] = ""
    name_header: Live[HeaderName] = ""
    groups_header: Live[HeaderName] = ""
    link_by_email: Live[bool] = False
    sign_out_url: Live[HttpAddress] = ""

    @property
    def links(self) -> bool:
        """Return whether who has the address of an account is its owner."""
        return self.link_by_email

    @validates("addresses")
    @classmethod
    def is_narrow(cls, value: str) -> str:
        """Refuse a network that everybody is in."""
        if any(network.prefixlen == 0 for network in networks_of(value)):
            raise ValueError("with all addresses anybody could say who they are")
        return value

    @validates("email_header")
    @classmethod
    def is_of_somebody(cls, value: str, info: ValidationInfo) -> str:
        """Refuse a header that nobody may send."""
        if value and not info.data.get("addresses"):
            raise ValueError("it needs the addresses of the proxy, in proxy.addresses")
        return value
