"""Groups of people, by SCIM."""

from collections.abc import Iterator

from flask import Blueprint, Response

from api.apps.scim.door import administrators_only, base, versioned, versions
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.http.responses import SCIM
from api.schemas.scim.answer import location_of
from api.schemas.scim.group import group_pieces, list_pieces
from api.schemas.scim.projection import Projection
from api.schemas.scim.request import (
    GroupRequest,
    ListQuery,
    PatchRequest,
    SearchRequest,
    ShownQuery,
)
from api.services.provisioning.attributes import GROUPS
from api.services.provisioning.groups import ProvisionedGroups
from api.services.provisioning.records import Resource, Wanted

blueprint = Blueprint("groups", __name__)

MOST_AT_ONCE = 1000
"""Members up to which an answer is sent in one piece; of a larger one the pieces are not kept."""


def groups() -> ProvisionedGroups:
    """Return the service of groups."""
    return services().provisioning.groups


def in_pieces(pieces: Iterator[bytes], size: int, *, is_new: bool = False) -> Response:
    """Answer JSON that holds so many members."""
    body = pieces if size > MOST_AT_ONCE else b"".join(pieces)
    return Response(body, status=201 if is_new else 200, content_type=SCIM)


def told(group: Resource, shown: Projection, *, is_new: bool = False) -> Response:
    """Answer a group."""
    pages = groups().member_pages(group)
    response = in_pieces(group_pieces(group, pages, base(), shown), group.size, is_new=is_new)
    return versioned(response, group)


def listed(wanted: Wanted, shown: Projection) -> Response:
    """Answer a list of groups."""
    service = groups()
    found = service.list_groups(principal(), wanted)
    pages = [service.member_pages(group) for group in found.resources]
    size = sum(group.size for group in found.resources)
    return in_pieces(list_pieces(found, pages, base(), shown), size)


@blueprint.get("/Groups")
@administrators_only
def list_groups() -> Response:
    """List groups, the oldest first."""
    query = query_arguments(ListQuery)
    return listed(query.wanted(), query.projection())


@blueprint.post("/Groups/.search")
@administrators_only
def search() -> Response:
    """List groups, as a body asks for them."""
    wanted = json_body(SearchRequest)
    return listed(wanted.wanted(), wanted.projection())


@blueprint.post("/Groups")
@administrators_only
def create() -> Response:
    """Make a group."""
    shown = query_arguments(ShownQuery).projection()
    made = groups().create(principal(), json_body(GroupRequest).sent())
    response = told(made, shown, is_new=True)
    response.headers["Location"] = location_of(GROUPS, made, base())
    return response


@blueprint.get("/Groups/<group_id>")
@administrators_only
def show(group_id: str) -> Response:
    """Show a group with the people in it."""
    shown = query_arguments(ShownQuery).projection()
    return told(groups().get(principal(), group_id), shown)


@blueprint.put("/Groups/<group_id>")
@administrators_only
def replace(group_id: str) -> Response:
    """Change a group to what is sent."""
    shown = query_arguments(ShownQuery).projection()
    sent = json_body(GroupRequest).sent()
    return told(groups().replace(principal(), group_id, sent, versions()), shown)


@blueprint.patch("/Groups/<group_id>")
@administrators_only
def patch(group_id: str) -> Response:
    """Change some of a group: its name, or who is in it.

    The group is answered where it is asked for by `attributes`: it may be large.
    """
    query = query_arguments(ShownQuery)
    changes = json_body(PatchRequest).changes()
    made = groups().patch(principal(), group_id, changes, versions())
    if query.attributes:
        return told(made, query.projection())
    return versioned(Response(status=204), made)


@blueprint.delete("/Groups/<group_id>")
@administrators_only
def delete(group_id: str) -> Response:
    """Delete a group; the people in it stay."""
    groups().delete(principal(), group_id, versions())
    return Response(status=204)
