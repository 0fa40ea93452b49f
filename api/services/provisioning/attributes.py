"""What SCIM says of people and groups: RFC 7643, sections 3.1, 4.1, 4.2 and 4.3, as data.

One table serves the descriptions that clients ask for, the reading of what they send, and paths.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from api.errors import NotFoundError
from api.things import Kind as Thing

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Type(StrEnum):
    """What a value is."""

    TEXT = "string"
    FLAG = "boolean"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may write an attribute, and whether it is shown."""

    READ_WRITE = "readWrite"
    READ_ONLY = "readOnly"
    WRITE_ONLY = "writeOnly"
    IMMUTABLE = "immutable"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a resource, or a part of one that is complex.

    `canonical` are usual values, `refers_to` are what a reference names.
    """

    name: str
    description: str
    type: Type = Type.TEXT
    many: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    unique: bool = False
    canonical: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    parts: tuple["Attribute", ...] = ()

    @property
    def is_shown(self) -> bool:
        """Return whether it is ever returned."""
        return self.mutability is not Mutability.WRITE_ONLY

    def part(self, name: str) -> "Attribute | None":
        """Return a part by its name, whatever its case."""
        return found(self.parts, name)


@dataclass(frozen=True, slots=True)
class Schema:
    """The attributes that a URN stands for."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...] = field(repr=False)

    def attribute(self, name: str) -> Attribute | None:
        """Return an attribute by its name, whatever its case."""
        return found(self.attributes, name)

    def as_attribute(self) -> Attribute:
        """Return the whole as one complex attribute, which an extension is in a resource."""
        return Attribute(self.urn, self.description, Type.COMPLEX, parts=self.attributes)


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resources: where they are, and which schemas they have."""

    name: str
    endpoint: str
    description: str
    core: Schema
    added: tuple[Schema, ...] = ()

    @property
    def schemas(self) -> tuple[Schema, ...]:
        """Return all its schemas."""
        return self.core, *self.added

    def attributes(self) -> Iterator[Attribute]:
        """Yield what a resource has at its top."""
        yield EXTERNAL_ID
        yield from self.core.attributes
        for extension in self.added:
            yield extension.as_attribute()

    def attribute(self, name: str) -> Attribute | None:
        """Return an attribute of a resource by its name, whatever its case."""
        return found(tuple(self.attributes()), name)


def found(attributes: tuple[Attribute, ...], name: str) -> Attribute | None:
    """Return an attribute by its name, whatever its case."""
    wanted = name.lower()
    return next((one for one in attributes if one.name.lower() == wanted), None)


def valued(
    name: str,
    description: str,
    *kinds: str,
    type_: Type = Type.TEXT,
    refers_to: tuple[str, ...] = (),
) -> Attribute:
    """Return an attribute of many values, each with a kind, one of them the primary one."""
    value = Attribute("value", "The value.", type_, refers_to=refers_to)
    parts = (
        value,
        Attribute("display", "A name for people to read."),
        Attribute("type", "What the value is for.", canonical=kinds),
        Attribute("primary", "Whether it is the preferred one.", Type.FLAG),
    )
    return Attribute(name, description, Type.COMPLEX, many=True, parts=parts)


EXTERNAL_ID = Attribute("externalId", "What the client calls it.", case_exact=True)

NAME = Attribute(
    "name",
    "The parts of the name.",
    Type.COMPLEX,
    parts=(
        Attribute("formatted", "The whole name."),
        Attribute("familyName", "The family name."),
        Attribute("givenName", "The given name."),
        Attribute("middleName", "The middle names."),
        Attribute("honorificPrefix", "What stands before the name."),
        Attribute("honorificSuffix", "What stands behind the name."),
    ),
)

ADDRESSES = Attribute(
    "addresses",
    "Postal addresses.",
    Type.COMPLEX,
    many=True,
    parts=(
        Attribute("formatted", "The whole address."),
        Attribute("streetAddress", "Street and number."),
        Attribute("locality", "The town."),
        Attribute("region", "The region."),
        Attribute("postalCode", "The postal code."),
        Attribute("country", "The country, by ISO 3166-1."),
        Attribute("type", "What the address is for.", canonical=("work", "home", "other")),
        Attribute("primary", "Whether it is the preferred one.", Type.FLAG),
    ),
)

GROUPS_OF_USER = Attribute(
    "groups",
    "The groups that they are in.",
    Type.COMPLEX,
    many=True,
    mutability=Mutability.READ_ONLY,
    parts=(
        Attribute("value", "The id of the group.", mutability=Mutability.READ_ONLY),
        Attribute("display", "The name of the group.", mutability=Mutability.READ_ONLY),
        Attribute("type", "How they are in it.", mutability=Mutability.READ_ONLY),
    ),
)

CERTIFICATES = valued("x509Certificates", "Certificates.", type_=Type.BINARY)

USER = Schema(
    USER_URN,
    "User",
    "A person with an account.",
    (
        Attribute(
            "userName", "The name by which the client knows them.", required=True, unique=True
        ),
        NAME,
        Attribute("displayName", "The name that others see."),
        Attribute("nickName", "What they are called."),
        Attribute("profileUrl", "A page about them.", Type.REFERENCE, refers_to=("external",)),
        Attribute("title", "Their title."),
        Attribute("userType", "What they are to the organization."),
        Attribute("preferredLanguage", "The language they prefer."),
        Attribute("locale", "Where they are, for the form of numbers and times."),
        Attribute("timezone", "Their time zone."),
        Attribute("active", "Whether they are let in.", Type.FLAG),
        Attribute("password", "What they sign in with.", mutability=Mutability.WRITE_ONLY),
        valued("emails", "E-mail addresses.", "work", "home", "other"),
        valued("phoneNumbers", "Telephone numbers.", "work", "home", "mobile", "fax", "pager"),
        valued("ims", "Addresses of messengers."),
        valued(
            "photos",
            "Pictures.",
            "photo",
            "thumbnail",
            type_=Type.REFERENCE,
            refers_to=("external",),
        ),
        ADDRESSES,
        valued("entitlements", "What they are entitled to."),
        valued("roles", "What they are to the client. Roles of this server are given here alone."),
        CERTIFICATES,
        GROUPS_OF_USER,
    ),
)

MANAGER = Attribute(
    "manager",
    "Whom they report to.",
    Type.COMPLEX,
    parts=(
        Attribute("value", "The id of that person."),
        Attribute("$ref", "Where that person is.", Type.REFERENCE, refers_to=("User",)),
        Attribute("displayName", "What that person is called.", mutability=Mutability.READ_ONLY),
    ),
)

ENTERPRISE = Schema(
    ENTERPRISE_URN,
    "EnterpriseUser",
    "What an enterprise keeps of a person.",
    (
        Attribute("employeeNumber", "The number of the employee."),
        Attribute("costCenter", "The cost center."),
        Attribute("organization", "The organization."),
        Attribute("division", "The division."),
        Attribute("department", "The department."),
        MANAGER,
    ),
)

PEOPLE = ResourceType("User", "/Users", "People with an account.", USER, (ENTERPRISE,))

MEMBERS = Attribute(
    "members",
    "The people in it.",
    Type.COMPLEX,
    many=True,
    parts=(
        Attribute("value", "The id of a person.", mutability=Mutability.IMMUTABLE),
        Attribute(
            "$ref",
            "Where that person is.",
            Type.REFERENCE,
            mutability=Mutability.IMMUTABLE,
            refers_to=("User",),
        ),
        Attribute(
            "type", "That it is a person.", mutability=Mutability.IMMUTABLE, canonical=("User",)
        ),
    ),
)

DISPLAY_NAME = Attribute("displayName", "What it is called.", required=True, unique=True)

GROUP = Schema(GROUP_URN, "Group", "A group of people.", (DISPLAY_NAME, MEMBERS))

GROUPS = ResourceType("Group", "/Groups", "Groups of people.", GROUP)

KINDS = (PEOPLE, GROUPS)

SCHEMAS = tuple(schema for kind in KINDS for schema in kind.schemas)


def kind_called(name: str) -> ResourceType:
    """Return a kind of resources by its name; raises NotFoundError."""
    known = next((kind for kind in KINDS if kind.name == name), None)
    if known is None:
        raise NotFoundError(Thing.RESOURCE_TYPE, name)
    return known


def schema_called(urn: str) -> Schema:
    """Return a schema by its URN, whatever its case; raises NotFoundError."""
    known = next((one for one in SCHEMAS if one.urn.lower() == urn.lower()), None)
    if known is None:
        raise NotFoundError(Thing.SCHEMA, urn)
    return known
