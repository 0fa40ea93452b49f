"""Accounts as resources of SCIM, and what of a resource an account goes by."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from api.services.provisioning.errors import InvalidValueError
from api.services.provisioning.records import Resource
from api.services.provisioning.values import Document, Value

LONGEST_NAME = 255
LONGEST_NICKNAME = 100


class PersonRow(NamedTuple):
    """An account, with what a client of SCIM has said of it: JSON, empty where none has."""

    id: str
    email: str
    nickname: str
    is_active: bool
    create_time: int
    update_time: int
    attributes: str
    told_time: int


def resource_of(row: PersonRow, groups: list[Value]) -> Resource:
    """Return an account as a resource, with the groups that it is in."""
    document = document_of(row)
    if "active" in document:  # the account knows: others shut people out, too
        document["active"] = bool(row.is_active)
    modified = max(row.update_time, row.told_time)
    return Resource(
        row.id, document, row.create_time, modified, {"groups": groups} if groups else {}
    )


def document_of(row: PersonRow) -> dict[str, Value]:
    """Return what was said of an account, or what it says itself where no client has."""
    if row.attributes:
        told: dict[str, Value] = orjson.loads(row.attributes)
        return told
    email: Value = {"value": row.email, "type": "work", "primary": True}
    return {
        "userName": row.email,
        "displayName": row.nickname,
        "active": True,
        "emails": [email],
    }


def address_of(document: Document) -> str:
    """Return the address that an account goes by: the primary e-mail, that at work, or the first.

    Without any it is the user name, which identity providers make an address as a rule.
    """
    emails = document.get("emails")
    values = [one for one in emails if isinstance(one, Mapping)] if isinstance(emails, list) else []
    known = [one for one in values if one.get("value")]
    known.sort(key=lambda one: (one.get("primary") is not True, one.get("type") != "work"))
    return checked(str(known[0]["value"] if known else document["userName"]), "emails").lower()


def nickname_of(document: Document) -> str:
    """Return the name that others see of an account."""
    name = document.get("name")
    parts = name if isinstance(name, Mapping) else {}
    whole = " ".join(str(parts[key]) for key in ("givenName", "familyName") if key in parts)
    chosen = document.get("displayName") or parts.get("formatted") or whole
    return str(chosen or str(document["userName"]).partition("@")[0])[:LONGEST_NICKNAME]


def check_names(document: Document) -> None:
    """Raise InvalidValueError for names that are longer than can be found again."""
    for name in ("userName", "externalId"):
        checked(str(document.get(name, "")), name)


def checked(text: str, name: str) -> str:
    """Return a text that is short enough; raises InvalidValueError."""
    if len(text) > LONGEST_NAME:
        raise InvalidValueError(f"`{name}` has more than {LONGEST_NAME} characters.")
    return text
