"""People, by SCIM."""

import orjson
from flask import Blueprint, Response

from api.apps.scim.door import administrators_only, base, versioned, versions
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.http.responses import SCIM
from api.schemas.scim.answer import location_of, present_list, present_resource
from api.schemas.scim.request import (
    ListQuery,
    PatchRequest,
    SearchRequest,
    ShownQuery,
    UserRequest,
)
from api.services.provisioning.attributes import PEOPLE

blueprint = Blueprint("users", __name__)


@blueprint.get("/Users")
@administrators_only
def list_users() -> Response:
    """List people, the oldest account first."""
    query = query_arguments(ListQuery)
    found = services().provisioning.people.list_people(principal(), query.wanted())
    body = present_list(PEOPLE, found, base(), query.projection())
    return Response(orjson.dumps(body), content_type=SCIM)


@blueprint.post("/Users/.search")
@administrators_only
def search() -> Response:
    """List people, as a body asks for them."""
    wanted = json_body(SearchRequest)
    found = services().provisioning.people.list_people(principal(), wanted.wanted())
    body = present_list(PEOPLE, found, base(), wanted.projection())
    return Response(orjson.dumps(body), content_type=SCIM)


@blueprint.post("/Users")
@administrators_only
def create() -> Response:
    """Make an account."""
    shown = query_arguments(ShownQuery).projection()
    sent = json_body(UserRequest).sent()
    made = services().provisioning.people.create(principal(), sent)
    body = present_resource(PEOPLE, made, base(), shown)
    response = Response(orjson.dumps(body), status=201, content_type=SCIM)
    response.headers["Location"] = location_of(PEOPLE, made, base())
    return versioned(response, made)


@blueprint.get("/Users/<user_id>")
@administrators_only
def show(user_id: str) -> Response:
    """Show a person."""
    shown = query_arguments(ShownQuery).projection()
    found = services().provisioning.people.get(principal(), user_id)
    body = present_resource(PEOPLE, found, base(), shown)
    return versioned(Response(orjson.dumps(body), content_type=SCIM), found)


@blueprint.put("/Users/<user_id>")
@administrators_only
def replace(user_id: str) -> Response:
    """Change a person to what is sent."""
    shown = query_arguments(ShownQuery).projection()
    sent = json_body(UserRequest).sent()
    made = services().provisioning.people.replace(principal(), user_id, sent, versions())
    body = present_resource(PEOPLE, made, base(), shown)
    return versioned(Response(orjson.dumps(body), content_type=SCIM), made)


@blueprint.patch("/Users/<user_id>")
@administrators_only
def patch(user_id: str) -> Response:
    """Change some of a person."""
    shown = query_arguments(ShownQuery).projection()
    changes = json_body(PatchRequest).changes()
    made = services().provisioning.people.patch(principal(), user_id, changes, versions())
    body = present_resource(PEOPLE, made, base(), shown)
    return versioned(Response(orjson.dumps(body), content_type=SCIM), made)


@blueprint.delete("/Users/<user_id>")
@administrators_only
def delete(user_id: str) -> Response:
    """Delete an account; one that owns something is deactivated instead."""
    services().provisioning.people.delete(principal(), user_id, versions())
    return Response(status=204)
