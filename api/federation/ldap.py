"""A directory that checks passwords, by LDAP: a person is searched, then bound to.

ldap3 (LGPL, 2.9.1) speaks the protocol on sockets of Python, so that an event loop goes on. Of its
defaults none is kept that matters: it would check no certificate, read the schema, follow
referrals, and raise nothing for a search that was cut off.
"""

import math
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ldap3 import NONE, SUBTREE, SYNC, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import parse_dn

from api.config.identity import IdentitySettings, LdapSettings
from api.federation.base import FederationError, Identity, Problem

MOST_ENTRIES = 2
"""Of people with a name: with a second one nobody knows who is meant."""

MOST_GROUPS = 1000

LONGEST_LOGIN = 255


class CheckedTls(Tls):  # type: ignore[misc] # ldap3 has no types
    """Encryption by a context of Python's own, which checks certificate and host by itself.

    That of ldap3 asks a function for the host that Python 3.12 has no more.
    """

    def __init__(self, ca_file: str, host: str) -> None:
        """Initialize with a PEM file of certificates, or nothing, and whom they have to name."""
        super().__init__(validate=ssl.CERT_REQUIRED)
        self.ca_file = ca_file
        self.host = host

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 - as ldap3 calls it
        """Encrypt a connection; raises ssl.SSLError."""
        del do_handshake  # it is always made: the host is checked with it
        context = ssl.create_default_context(cafile=self.ca_file or None)
        connection.socket = context.wrap_socket(connection.socket, server_hostname=self.host)


class LdapDirectory:
    """A directory by its settings; each question has a connection of its own."""

    def __init__(self, settings: LdapSettings, identity: IdentitySettings) -> None:
        """Initialize with the settings; nothing is asked yet."""
        self.settings = settings
        self.identity = identity

    @property
    def issuer(self) -> str:
        """Return what its people are known under."""
        return f"{self.settings.url.rstrip('/')}/{self.settings.base}"

    def authenticate(self, login: str, password: str) -> Identity | None:
        """Return whose a name and a password are; None where they do not match."""
        if not login or not password or len(login) > LONGEST_LOGIN:
            return None
        with self.searching() as connection:
            entry = self.entry_of(connection, login)
            if entry is None or not self.is_password(entry["dn"], password):
                return None
            return self.identity_of(entry, self.groups_of(connection, entry))

    def check(self) -> str:
        """Ask for the entry below which people are; return what was found."""
        with self.searching() as connection:
            found = self.search(connection, self.settings.base, "(objectClass=*)", (), scope="BASE")
        if not found:
            raise FederationError(Problem.AWAY, f"{self.settings.base} cannot be seen there.")
        return f"{self.issuer} answers"

    # Connections.

    @contextmanager
    def searching(self) -> Iterator[Connection]:
        """Return a connection by which people are searched."""
        secret = self.settings.bind_password.get_secret_value()
        with self.connected(self.settings.bind_dn, secret) as connection:
            if not connection.bind():
                said = f"{self.settings.url} refuses ldap.bind_dn: {outcome_of(connection)}."
                raise FederationError(Problem.AWAY, said)
            yield connection

    def is_password(self, name: str, password: str) -> bool:
        """Return whether a password is that of an entry."""
        with self.connected(name, password) as connection:
            return bool(connection.bind())

    @contextmanager
    def connected(self, name: str, password: str) -> Iterator[Connection]:
        """Return a connection that is open, encrypted where that is wanted, and not bound yet."""
        try:
            connection = self.opened(name, password)
            try:
                yield connection
            finally:
                connection.unbind()
        except (LDAPException, OSError) as error:
            said = f"{self.settings.url}: {' '.join(str(error).split())[:300]}"
            raise FederationError(Problem.AWAY, said) from error

    def opened(self, name: str, password: str) -> Connection:
        """Open a connection; what ldap3 returns of it is never logged: it holds the password."""
        parts, timeout = urlsplit(self.settings.url), self.identity.timeout
        is_encrypted = parts.scheme == "ldaps"
        server = Server(
            parts.hostname,
            port=parts.port or (636 if is_encrypted else 389),
            use_ssl=is_encrypted,
            get_info=NONE,
            tls=CheckedTls(self.identity.ca_file, parts.hostname or ""),
            connect_timeout=timeout,
        )
        connection = Connection(
            server,
            user=name or None,
            password=password or None,
            client_strategy=SYNC,
            auto_referrals=False,
            read_only=True,
            receive_timeout=math.ceil(timeout),  # it takes no fractions
        )
        try:
            connection.open(read_server_info=False)
            if self.settings.start_tls and not is_encrypted:
                connection.start_tls(read_server_info=False)
        except (LDAPException, OSError):
            if connection.socket is not None:  # ldap3 leaves it to the garbage collector
                connection.socket.close()
            raise
        return connection

    # What is searched.

    def entry_of(self, connection: Connection, login: str) -> Mapping[str, Any] | None:
        """Return the entry of a person; None where there is none, or more than one."""
        wanted = self.settings.user_filter.replace("{login}", escape_filter_chars(login))
        named = self.settings
        attributes = (
            *(named.id_attribute, named.email_attribute),
            *(name for name in (named.name_attribute, named.group_attribute) if name),
        )
        found = self.search(connection, named.base, wanted, attributes, most=MOST_ENTRIES)
        if len(found) > 1:
            said = f"Several entries of {named.base} fit the filter ldap.user_filter for a name."
            raise FederationError(Problem.INVALID, said)
        return found[0] if found else None

    def groups_of(self, connection: Connection, entry: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the groups of a person: of their entry, and that have it."""
        named = values_of(entry, self.settings.group_attribute)
        names = [name_of(one) for one in named]
        if self.settings.group_base:
            name = escape_filter_chars(entry["dn"])
            wanted = self.settings.group_filter.replace("{dn}", name)
            found = self.search(connection, self.settings.group_base, wanted, (), most=MOST_GROUPS)
            names += [name_of(one["dn"]) for one in found]
        return tuple(dict.fromkeys(names))

    def search(
        self,
        connection: Connection,
        base: str,
        wanted: str,
        attributes: tuple[str, ...],
        *,
        most: int = 1,
        scope: str = SUBTREE,
    ) -> list[Mapping[str, Any]]:
        """Return the entries that a filter finds; raises FederationError for another answer."""
        connection.search(base, wanted, scope, attributes=list(attributes), size_limit=most)
        said = outcome_of(connection)
        if said not in FINE:
            raise FederationError(Problem.AWAY, f"{self.settings.url} answers {said} for {base}.")
        return [one for one in connection.response or () if one["type"] == "searchResEntry"]

    def identity_of(self, entry: Mapping[str, Any], groups: tuple[str, ...]) -> Identity:
        """Return a person by their entry."""
        subject = next(iter(values_of(entry, self.settings.id_attribute)), "")
        if not subject:
            said = f"{entry['dn']} has no {self.settings.id_attribute}: set ldap.id_attribute."
            raise FederationError(Problem.INVALID, said)
        mail = next(iter(values_of(entry, self.settings.email_attribute)), "")
        return Identity(
            issuer=self.issuer,
            subject=subject,
            email=mail.strip().lower(),
            is_verified=True,
            name=next(iter(values_of(entry, self.settings.name_attribute)), ""),
            groups=groups,
        )


FINE = frozenset({"success", "noSuchObject", "sizeLimitExceeded"})
"""How a search may end: one more entry than is wanted says that there are several."""


def outcome_of(connection: Connection) -> str:
    """Return the word of the directory for how its last answer went."""
    result: Mapping[str, Any] = connection.result or {}
    return str(result.get("description") or "nothing")


def values_of(entry: Mapping[str, Any], attribute: str) -> list[str]:
    """Return the values of an attribute, whatever the case of its name; bytes in hex."""
    for name, raw in entry["raw_attributes"].items():
        if name.lower() == attribute.lower():
            return [text_of(value) for value in raw]
    return []


def text_of(value: bytes) -> str:
    """Return a value as text; one that is none, as Active Directory's ids, in hex."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def name_of(group: str) -> str:
    """Return the name of a group: the first part of its DN, or what is no DN as it is."""
    try:
        return str(parse_dn(group)[0][1])
    except (LDAPException, IndexError):
        return group
