"""What the server can do, its kinds of resources and their schemas (RFC 7643, sections 5 to 7)."""

from typing import Any, cast

from typing_extensions import TypedDict

from api.schemas.scim.answer import ListAnswer, listed
from api.services.provisioning.attributes import Attribute, ResourceType, Schema, Type
from api.services.provisioning.records import MOST

CORE = "urn:ietf:params:scim:schemas:core:2.0"


class SupportedAnswer(TypedDict):
    """Whether something can be done."""

    supported: bool


class BulkAnswer(SupportedAnswer):
    """Whether many things can be done at once."""

    maxOperations: int
    maxPayloadSize: int


class FilterAnswer(SupportedAnswer):
    """Whether resources can be looked for, and how many are told at most."""

    maxResults: int


class SchemeAnswer(TypedDict):
    """How clients say who they are."""

    type: str
    name: str
    description: str
    specUri: str
    primary: bool


class PlaceAnswer(TypedDict):
    """What kind of thing a description is of, and where it is."""

    resourceType: str
    location: str


class ConfigAnswer(TypedDict):
    """What the server can do."""

    schemas: list[str]
    patch: SupportedAnswer
    bulk: BulkAnswer
    filter: FilterAnswer
    changePassword: SupportedAnswer
    sort: SupportedAnswer
    etag: SupportedAnswer
    authenticationSchemes: list[SchemeAnswer]
    meta: PlaceAnswer


class ExtensionAnswer(TypedDict):
    """An extension of a kind of resources."""

    schema: str
    required: bool


class ResourceTypeAnswer(TypedDict):
    """A kind of resources."""

    schemas: list[str]
    id: str
    name: str
    description: str
    endpoint: str
    schema: str
    schemaExtensions: list[ExtensionAnswer]
    meta: PlaceAnswer


class SchemaAnswer(TypedDict):
    """A schema with its attributes, each with its own."""

    schemas: list[str]
    id: str
    name: str
    description: str
    attributes: list[dict[str, Any]]
    meta: PlaceAnswer


def present_config(base: str) -> ConfigAnswer:
    """Return what the server can do."""
    return {
        "schemas": [f"{CORE}:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": {"supported": True},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "API key",
                "description": "The API key of an administrator, best one with the scope `scim`.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{base}/ServiceProviderConfig",
        },
    }


def present_resource_type(kind: ResourceType, base: str) -> ResourceTypeAnswer:
    """Return a kind of resources."""
    return {
        "schemas": [f"{CORE}:ResourceType"],
        "id": kind.name,
        "name": kind.name,
        "description": kind.description,
        "endpoint": kind.endpoint,
        "schema": kind.core.urn,
        "schemaExtensions": [{"schema": one.urn, "required": False} for one in kind.added],
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{kind.name}"},
    }


def present_schema(schema: Schema, base: str) -> SchemaAnswer:
    """Return a schema."""
    return {
        "schemas": [f"{CORE}:Schema"],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": [attribute_of(one) for one in schema.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema.urn}"},
    }


def attribute_of(one: Attribute) -> dict[str, Any]:
    """Return the description of an attribute."""
    made: dict[str, Any] = {
        "name": one.name,
        "type": one.type.value,
        "multiValued": one.many,
        "description": one.description,
        "required": one.required,
        "mutability": one.mutability.value,
        "returned": "default" if one.is_shown else "never",
    }
    if one.type is Type.COMPLEX:
        made["subAttributes"] = [attribute_of(part) for part in one.parts]
    elif one.type is not Type.FLAG:
        made |= {"caseExact": one.case_exact, "uniqueness": "server" if one.unique else "none"}
    if one.canonical:
        made["canonicalValues"] = list(one.canonical)
    if one.refers_to:
        made["referenceTypes"] = list(one.refers_to)
    return made


def present_resource_types(kinds: tuple[ResourceType, ...], base: str) -> ListAnswer:
    """Return all kinds of resources."""
    made = [cast("Any", present_resource_type(kind, base)) for kind in kinds]
    return listed(made, len(made))


def present_schemas(schemas: tuple[Schema, ...], base: str) -> ListAnswer:
    """Return all schemas."""
    made = [cast("Any", present_schema(schema, base)) for schema in schemas]
    return listed(made, len(made))
