"""Channels, in which people talk to each other and to models; and who is in them."""

from collections.abc import Sequence

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.channel_telling import tell_channel, tell_muted
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.channel import (
    ActiveRequest,
    ChannelChangeRequest,
    ChannelLeaversRequest,
    ChannelMembersQuery,
    ChannelMembersRequest,
    MutedRequest,
    NewChannelRequest,
    present_channel,
    present_channels,
    present_members,
)
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.grant import AccessRequest
from api.schemas.openwebui.session import present_truth
from api.services.channels.build import ChannelServices
from api.services.channels.channels import ChannelService
from api.services.channels.records import Channel
from api.services.groups.records import WantedGrant
from api.services.unset import UNSET
from api.things import Kind

CHANNELS = "/api/v1/channels"
ONE = f"{CHANNELS}/<channel_id>"

blueprint = Blueprint("channels", __name__)


def opened() -> ChannelServices:
    """Return what keeps channels; raises NotAllowedError for who has none."""
    services().channels.channels.check_may(principal())
    return services().channels


def kept() -> ChannelService:
    """Return the service of channels; raises NotAllowedError for who has none."""
    return opened().channels


def shared(channel_id: str, wanted: Sequence[WantedGrant]) -> Channel:
    """Grant a channel to these, and to nobody else, and return it."""
    services().groups.sharing.share(principal(), Kind.CHANNEL, channel_id, wanted)
    return kept().get(principal(), channel_id)


@blueprint.get(CHANNELS)
@blueprint.get(f"{CHANNELS}/list")
@reads_only
@signed_in_only
def list_all() -> Response:
    """List the channels that the asker may read, with how much of each is unread.

    Pages ask for them without looking whether there are any.
    """
    found = kept().every(principal()) if services().channels.channels.is_on else []
    return success(present_channels(found))


@blueprint.post(f"{CHANNELS}/create")
@signed_in_only
def create() -> Response:
    """Make a channel, a group or a talk; of the same people there is one talk."""
    body = json_body(NewChannelRequest)
    grants = body.first()
    kept().check_grants(body.channel(), grants)
    services().groups.sharing.check(principal(), grants)
    made = kept().create(principal(), body.channel())
    if grants:
        made = shared(made.row.id, grants)
    tell_channel(made, [one.id for one in made.people])
    return success(present_channel(made))


@blueprint.get(f"{CHANNELS}/users/<user_id>")
@signed_in_only
def talk(user_id: str) -> Response:
    """Show the talk with somebody, which is made with the first call."""
    found = kept().talk_with(principal(), user_id)
    tell_channel(found, [principal().user_id])
    return success(present_channel(found))


@blueprint.get(ONE)
@reads_only
@signed_in_only
def show(channel_id: str) -> Response:
    """Show a channel, and what the asker may do there."""
    return success(present_channel(kept().get(principal(), key_of(channel_id))))


@blueprint.post(f"{ONE}/update")
@signed_in_only
def change(channel_id: str) -> Response:
    """Change what is given of a channel."""
    body, place = json_body(ChannelChangeRequest), key_of(channel_id)
    grants = body.granted()
    if grants is not UNSET:
        before = kept().check_shared(principal(), place, body.change(), grants)
        services().groups.sharing.check(principal(), grants, before)
    changed = kept().change(principal(), place, body.change())
    if grants is not UNSET and not changed.row.is_private:
        changed = shared(place, grants)
    tell_channel(changed)
    return success(present_channel(changed))


@blueprint.post(f"{ONE}/access/update")
@signed_in_only
def set_access(channel_id: str) -> Response:
    """Say who uses a channel: these, and nobody else."""
    wanted, place = json_body(AccessRequest).wanted(), key_of(channel_id)
    kept().get(principal(), place)
    changed = shared(place, wanted)
    tell_channel(changed)
    return success(present_channel(changed))


@blueprint.delete(f"{ONE}/delete")
@signed_in_only
def delete(channel_id: str) -> Response:
    """Delete a channel with all that was said there."""
    gone = kept().delete(principal(), key_of(channel_id))
    tell_channel(gone)
    return success(present_truth(value=True))


@blueprint.get(f"{ONE}/members")
@reads_only
@signed_in_only
def list_members(channel_id: str) -> Response:
    """List who may read a channel, 30 a page."""
    wanted = query_arguments(ChannelMembersQuery)
    order = wanted.order_by, wanted.direction == "desc"
    found, total = opened().members.page(
        principal(), key_of(channel_id), wanted.query, order, wanted.page
    )
    presences = services().webui.presence.of_people([one.user_id for one in found])
    return success(present_members(found, total, presences))


@blueprint.post(f"{ONE}/update/members/add")
@signed_in_only
def add_members(channel_id: str) -> Response:
    """Let people, and those of groups, be in a group."""
    body, place = json_body(ChannelMembersRequest), key_of(channel_id)
    fresh = opened().members.add(principal(), place, body.user_ids, body.group_ids)
    changed = kept().get(principal(), place)
    tell_channel(changed, fresh)
    return success(present_channel(changed))


@blueprint.post(f"{ONE}/update/members/remove")
@signed_in_only
def remove_members(channel_id: str) -> Response:
    """Let people be in a group no more; anybody may leave."""
    body, place = json_body(ChannelLeaversRequest), key_of(channel_id)
    row = kept().get(principal(), place).row
    gone = opened().members.remove(principal(), place, body.user_ids)
    tell_channel(row, gone)
    return success(present_truth(value=bool(gone)))


@blueprint.post(f"{ONE}/members/mute")
@signed_in_only
def mute(channel_id: str) -> Response:
    """Note whether the asker wants no word of a channel."""
    said, place = json_body(MutedRequest).is_muted, key_of(channel_id)
    kept().say(principal(), place, {"is_muted": said})
    found = kept().get(principal(), place)
    tell_muted(found)
    return success(present_channel(found))


@blueprint.post(f"{ONE}/members/active")
@signed_in_only
def activate(channel_id: str) -> Response:
    """Note whether the asker sees a group or talk in their list; it comes back with a message."""
    kept().say(principal(), key_of(channel_id), {"is_active": json_body(ActiveRequest).is_active})
    return success(present_truth(value=True))
