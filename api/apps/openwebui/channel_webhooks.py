"""Webhooks of channels: kept by who manages a channel, used by programs that have their tokens."""

from flask import Blueprint, Response

from api.apps.openwebui.door import picture_or, signed_in_only, success
from api.http.authentication import reads_only
from api.http.channel_telling import tell_message
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.channel_message import (
    SaidByWebhookRequest,
    WebhookRequest,
    present_webhook,
    present_webhooks,
)
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.session import present_truth
from api.services.channels.webhooks import WebhookService

CHANNELS = "/api/v1/channels"
WEBHOOKS = f"{CHANNELS}/<channel_id>/webhooks"
WEBHOOK = f"{WEBHOOKS}/<webhook_id>"

NOBODY = "user.png"

blueprint = Blueprint("channel_webhooks", __name__)


def kept() -> WebhookService:
    """Return what keeps webhooks; raises NotAllowedError for who has no channels."""
    services().channels.channels.check_may(principal())
    return services().channels.webhooks


@blueprint.get(WEBHOOKS)
@reads_only
@signed_in_only
def list_all(channel_id: str) -> Response:
    """List the webhooks of a channel, with their tokens."""
    return success(present_webhooks(kept().every(principal(), key_of(channel_id))))


@blueprint.post(f"{WEBHOOKS}/create")
@signed_in_only
def create(channel_id: str) -> Response:
    """Make a webhook."""
    body = json_body(WebhookRequest)
    made = kept().create(principal(), key_of(channel_id), body.name, body.profile_image_url or "")
    return success(present_webhook(made))


@blueprint.post(f"{WEBHOOK}/update")
@signed_in_only
def change(channel_id: str, webhook_id: str) -> Response:
    """Change what a webhook is called, and its picture."""
    body = json_body(WebhookRequest)
    changed = kept().change(
        principal(), key_of(channel_id), key_of(webhook_id), body.name, body.profile_image_url
    )
    return success(present_webhook(changed))


@blueprint.delete(f"{WEBHOOK}/delete")
@signed_in_only
def delete(channel_id: str, webhook_id: str) -> Response:
    """Delete a webhook; what it has written stays."""
    kept().delete(principal(), key_of(channel_id), key_of(webhook_id))
    return success(present_truth(value=True))


@blueprint.get(f"{CHANNELS}/webhooks/<webhook_id>/profile/image")
@signed_in_only
def picture(webhook_id: str) -> Response:
    """Send the picture of a webhook, or lead to that of nobody."""
    found = kept().picture(principal(), key_of(webhook_id))
    return picture_or(found, NOBODY)


@blueprint.post(f"{CHANNELS}/webhooks/<webhook_id>/<hook_token>")
def post(webhook_id: str, hook_token: str) -> Response:
    """Post what a program says that has the token of a webhook; it needs nothing else."""
    said = json_body(SaidByWebhookRequest).content
    posted = services().channels.webhooks.post(key_of(webhook_id), hook_token, said)
    tell_message(posted, "message")
    return success(present_truth(value=True))
