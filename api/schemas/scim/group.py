"""Groups as they go out: with their members, a page of them at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from api.schemas.scim.answer import listed, present_resource
from api.schemas.scim.projection import Projection
from api.services.groups.records import GroupMemberRecord
from api.services.provisioning.attributes import GROUPS, PEOPLE
from api.services.provisioning.records import Found, Resource

Pages = Iterable[Sequence[GroupMemberRecord]]


def present_member(member: GroupMemberRecord, base: str) -> dict[str, Any]:
    """Return somebody in a group as they go out."""
    return {
        "value": member.user_id,
        "$ref": f"{base}{PEOPLE.endpoint}/{member.user_id}",
        "type": "User",
    }


def group_pieces(group: Resource, pages: Pages, base: str, shown: Projection) -> Iterator[bytes]:
    """Yield the JSON of a group: what is said of it, then its members."""
    head = orjson.dumps(present_resource(GROUPS, group, base, shown))
    if not shown.shows_in("members", GROUPS.core.urn):
        yield head
        return
    yield head[:-1] + b',"members":['
    begun = False
    for page in pages:
        people = [present_member(member, base) for member in page]
        texts = orjson.dumps(shown.shown({"members": people}, GROUPS.core.urn)["members"])[1:-1]
        if texts:
            yield b"," + texts if begun else texts
            begun = True
    yield b"]}"


def list_pieces(
    found: Found, pages: Iterable[Pages], base: str, shown: Projection
) -> Iterator[bytes]:
    """Yield the JSON of a list of groups."""
    count = len(found.resources)
    head = {**listed([], found.total, found.start), "itemsPerPage": count}
    yield orjson.dumps(head)[:-2]  # up to where the first group begins
    for number, (group, members) in enumerate(zip(found.resources, pages, strict=True)):
        if number:
            yield b","
        yield from group_pieces(group, members, base, shown)
    yield b"]}"
