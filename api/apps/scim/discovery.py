"""What the server can do by SCIM, and which resources and attributes it has."""

import orjson
from flask import Blueprint, Response

from api.apps.scim.door import administrators_only, base
from api.errors import NotBuiltError
from api.http.responses import SCIM
from api.schemas.scim.discovery import (
    present_config,
    present_resource_type,
    present_resource_types,
    present_schema,
    present_schemas,
)
from api.services.provisioning.attributes import KINDS, SCHEMAS, kind_called, schema_called

blueprint = Blueprint("discovery", __name__)


@blueprint.get("/ServiceProviderConfig")
@administrators_only
def config() -> Response:
    """Tell what the server can do."""
    return Response(orjson.dumps(present_config(base())), content_type=SCIM)


@blueprint.get("/ResourceTypes")
@administrators_only
def resource_types() -> Response:
    """List the kinds of resources."""
    return Response(orjson.dumps(present_resource_types(KINDS, base())), content_type=SCIM)


@blueprint.get("/ResourceTypes/<name>")
@administrators_only
def resource_type(name: str) -> Response:
    """Show a kind of resources."""
    body = present_resource_type(kind_called(name), base())
    return Response(orjson.dumps(body), content_type=SCIM)


@blueprint.get("/Schemas")
@administrators_only
def schemas() -> Response:
    """List the schemas of the resources."""
    return Response(orjson.dumps(present_schemas(SCHEMAS, base())), content_type=SCIM)


@blueprint.get("/Schemas/<urn>")
@administrators_only
def schema(urn: str) -> Response:
    """Show a schema."""
    return Response(orjson.dumps(present_schema(schema_called(urn), base())), content_type=SCIM)


@blueprint.post("/.search")
@administrators_only
def search() -> Response:
    """Search all kinds of resources at once, which is not built."""
    raise NotBuiltError("A search of all kinds of resources: search /Users or /Groups")
