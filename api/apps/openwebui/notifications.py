"""Addresses at which people are told that an answer is there, or has failed."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.choosing import where_on
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.notification import (
    NewTargetRequest,
    TargetRequest,
    present_ok,
    present_target,
    present_targets,
    present_told,
    trial,
)
from api.services.webhooks.keeping import WebhookKeeper

NOTIFICATIONS = "/api/v1/notifications"
TARGET = f"{NOTIFICATIONS}/targets/<target_id>"

blueprint = Blueprint("notifications", __name__)

check_on = where_on("webhooks", "Addresses of people")


def kept() -> WebhookKeeper:
    """Return what keeps addresses; raises NotAllowedError where people name none."""
    check_on()
    return services().webui.hooks.keeper


@blueprint.get(f"{NOTIFICATIONS}/events")
@signed_in_only
def list_events() -> Response:
    """List all that people can be told of."""
    check_on()
    return success(present_told())


@blueprint.get(f"{NOTIFICATIONS}/targets")
@signed_in_only
def list_targets() -> Response:
    """List the addresses of the asker; each is shown in part."""
    return success(present_targets(kept().every(principal().user_id)))


@blueprint.post(f"{NOTIFICATIONS}/targets")
@signed_in_only
def create() -> Response:
    """Keep an address of the asker."""
    text = json_body(NewTargetRequest).text()
    return success(present_target(kept().create(principal().user_id, text)))


@blueprint.put(TARGET)
@signed_in_only
def change(target_id: str) -> Response:
    """Change an address; what is left out stays."""
    text = json_body(TargetRequest).text()
    return success(present_target(kept().change(principal().user_id, target_id, text)))


@blueprint.delete(TARGET)
@signed_in_only
def delete(target_id: str) -> Response:
    """Delete an address with what it is still to be told."""
    kept().delete(principal().user_id, target_id)
    return success(present_ok())


@blueprint.put(f"{TARGET}/default")
@signed_in_only
def make_default(target_id: str) -> Response:
    """Let an address be the first of the asker."""
    return success(present_target(kept().make_default(principal().user_id, target_id)))


@blueprint.post(f"{TARGET}/test")
@signed_in_only
def try_out(target_id: str) -> Response:
    """Tell an address something now."""
    asker = principal().user_id
    kept().test(asker, target_id, trial(asker))
    return success(present_ok())
