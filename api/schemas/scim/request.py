"""What clients of SCIM send."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, ConfigDict, Field

from api.schemas.base import Request, without_nul
from api.schemas.scim.projection import Projection
from api.services.provisioning.filters import LONGEST, read_filter
from api.services.provisioning.patching import Change, Verb
from api.services.provisioning.records import Wanted

MOST_CHANGES = 1000
"""Changes of one request."""

LARGEST = 10_000_000

Word = Annotated[str, Field(max_length=LONGEST), AfterValidator(without_nul)]
Names = Annotated[list[Word], Field(max_length=200)]


def lowered(value: Any) -> Any:
    """Return a word in lower case: identity providers write `Replace`."""
    return value.lower() if isinstance(value, str) else value


class ResourceRequest(Request):
    """A resource as it is sent: attributes by their names, in any case, and those of extensions."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def sent(self) -> dict[str, object]:
        """Return what was sent."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {**(self.model_extra or {}), **given}


class UserRequest(ResourceRequest):
    """A person; what no schema has is left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                    "userName": "ada@example.org",
                    "externalId": "00u1a2b3",
                    "name": {"givenName": "Ada", "familyName": "Lovelace"},
                    "emails": [{"value": "ada@example.org", "type": "work", "primary": True}],
                    "active": True,
                }
            ]
        }
    )

    userName: Any = None  # noqa: N815 - its name in SCIM, as of the following
    externalId: Any = None  # noqa: N815 - as above
    active: Any = None
    emails: Any = None


class GroupRequest(ResourceRequest):
    """A group; what no schema has is left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                    "displayName": "Keepers",
                    "members": [{"value": "65ea11f0cf2b11f0a4c50242ac120003"}],
                }
            ]
        }
    )

    displayName: Any = None  # noqa: N815 - its name in SCIM, as of the following
    externalId: Any = None  # noqa: N815 - as above
    members: Any = None


class ChangeRequest(Request):
    """A change: what to do with what a path names; without one with what the value has."""

    op: Annotated[Literal["add", "replace", "remove"], BeforeValidator(lowered)]
    path: Word | None = None
    value: Any = None

    def change(self) -> Change:
        """Return what the service takes."""
        return Change(Verb(self.op), self.path or "", self.value)


class PatchRequest(Request):
    """Changes, which are made one after the other, all or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"Operations": [{"op": "replace", "path": "active", "value": False}]}]
        }
    )

    operations: list[ChangeRequest] = Field(
        min_length=1,
        max_length=MOST_CHANGES,
        validation_alias=AliasChoices("Operations", "operations"),
    )

    def changes(self) -> list[Change]:
        """Return what the service takes."""
        return [one.change() for one in self.operations]


class ShownQuery(Request):
    """Which attributes are shown: names with commas between them."""

    attributes: Word = ""
    excludedAttributes: Word = ""  # noqa: N815 - its name in SCIM

    def projection(self) -> Projection:
        """Return what is shown."""
        return Projection.of(self.attributes.split(","), self.excludedAttributes.split(","))


class FoundQuery(Request):
    """Which resources are asked for; what is out of range is the nearest that is in it."""

    filter: Word = ""
    sortBy: Word = ""  # noqa: N815 - its name in SCIM, as of the following
    sortOrder: Literal["ascending", "descending"] = "ascending"  # noqa: N815 - as above
    startIndex: int = Field(1, ge=-LARGEST, le=LARGEST)  # noqa: N815 - as above
    count: int = Field(100, ge=-LARGEST, le=LARGEST)

    def wanted(self) -> Wanted:
        """Return what the service takes; raises InvalidFilterError."""
        return Wanted(
            read_filter(self.filter) if self.filter.strip() else None,
            self.sortBy,
            self.sortOrder == "descending",
            self.startIndex,
            self.count,
        )


class ListQuery(FoundQuery, ShownQuery):
    """Which resources are asked for, and what of them is shown."""


class SearchRequest(FoundQuery):
    """The same as a body, in which attributes are lists."""

    attributes: Names = Field(default=[])
    excludedAttributes: Names = Field(default=[])  # noqa: N815 - its name in SCIM

    def projection(self) -> Projection:
        """Return what is shown."""
        return Projection.of(self.attributes, self.excludedAttributes)
