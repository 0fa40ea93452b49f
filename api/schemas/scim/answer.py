"""Resources, lists and errors in the forms of SCIM (RFC 7644, sections 3.4.2 and 3.12)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NotRequired, cast

from typing_extensions import TypedDict

from api.schemas.scim.projection import Projection
from api.services.provisioning.attributes import ResourceType
from api.services.provisioning.records import Found, Resource

MESSAGES = "urn:ietf:params:scim:api:messages:2.0"

SCIM_TYPES: Mapping[int, str] = {
    111: "invalidSyntax",
    112: "invalidFilter",
    113: "invalidPath",
    114: "noTarget",
    115: "invalidValue",
    116: "mutability",
    117: "uniqueness",
}
"""What SCIM calls some errors, by the codes that stand in the log."""


class MetaAnswer(TypedDict):
    """What there is to say about a resource itself; times of ISO 8601.

    What the server describes itself with has neither times nor a version.
    """

    resourceType: str
    location: str
    created: NotRequired[str]
    lastModified: NotRequired[str]
    version: NotRequired[str]


class ResourceAnswer(TypedDict):
    """A resource; beside this it has the attributes that its schemas name."""

    schemas: list[str]
    id: str
    meta: NotRequired[MetaAnswer]
    externalId: NotRequired[str]
    userName: NotRequired[str]
    displayName: NotRequired[str]
    active: NotRequired[bool]


class ListAnswer(TypedDict):
    """Some of the resources, and how many there are; the first has the number `startIndex`."""

    schemas: list[str]
    totalResults: int
    startIndex: int
    itemsPerPage: int
    Resources: list[ResourceAnswer]


class RefusalAnswer(TypedDict):
    """An error; the status is a text."""

    schemas: list[str]
    status: str
    detail: str
    scimType: NotRequired[str]


def present_resource(
    kind: ResourceType, resource: Resource, base: str, shown: Projection
) -> ResourceAnswer:
    """Return a resource as it goes out; `base` is the address of the door."""
    extensions = [one.urn for one in kind.added if one.urn in resource.document]
    whole = {
        "schemas": [kind.core.urn, *extensions],
        "id": resource.id,
        **resource.document,
        **resource.read_only,
        "meta": {
            "resourceType": kind.name,
            "created": moment(resource.created),
            "lastModified": moment(resource.modified),
            "location": location_of(kind, resource, base),
            "version": f'W/"{resource.version}"',
        },
    }
    return cast("ResourceAnswer", shown.shown(whole, kind.core.urn))


def location_of(kind: ResourceType, resource: Resource, base: str) -> str:
    """Return the address of a resource."""
    return f"{base}{kind.endpoint}/{resource.id}"


def moment(time: int) -> str:
    """Return a time in ms as ISO 8601 has it."""
    return f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{time % 1000:03d}Z"


def present_list(kind: ResourceType, found: Found, base: str, shown: Projection) -> ListAnswer:
    """Return some of the resources as they go out."""
    resources = [present_resource(kind, one, base, shown) for one in found.resources]
    return listed(resources, found.total, found.start)


def listed(resources: list[Any], total: int, start: int = 1) -> ListAnswer:
    """Return a list as it goes out."""
    return {
        "schemas": [f"{MESSAGES}:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def present_refusal(status: int, code: int, detail: str) -> RefusalAnswer:
    """Return an error as it goes out."""
    made: RefusalAnswer = {
        "schemas": [f"{MESSAGES}:Error"],
        "status": str(status),
        "detail": detail,
    }
    if code in SCIM_TYPES:
        made["scimType"] = SCIM_TYPES[code]
    return made
