"""Pictures that an endpoint of the settings draws; each is kept as a file."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.media import (
    ChangeRequest,
    DrawRequest,
    present_image_models,
    present_pictures,
)
from api.schemas.openwebui.panel_images import ImageConfigRequest, present_image_config
from api.schemas.openwebui.session import present_truth
from api.services.configuration.records import Author
from api.services.people.people import MYSELF
from api.services.stores.pictures import PictureService

BASE = "/api/v1/images"

blueprint = Blueprint("images", __name__)


def pictures() -> PictureService:
    """Return what draws."""
    return services().webui.media.pictures


@blueprint.post(f"{BASE}/generations")
@signed_in_only
def draw() -> Response:
    """Draw pictures."""
    return success(present_pictures(pictures().draw(principal(), json_body(DrawRequest).wish())))


@blueprint.post(f"{BASE}/edit")
@signed_in_only
def change() -> Response:
    """Draw pictures after others."""
    given = json_body(ChangeRequest)
    return success(present_pictures(pictures().change(principal(), given.wish(), given.pictures())))


@blueprint.get(f"{BASE}/models")
@signed_in_only
def list_models() -> Response:
    """List the models that draw."""
    return success(present_image_models(services().live.current.images))


@blueprint.get(f"{BASE}/config")
@signed_in_only
@operators_only
def config() -> Response:
    """Show the endpoint that draws."""
    return success(present_image_config(services().live.current))


@blueprint.post(f"{BASE}/config/update")
@signed_in_only
@operators_only
def change_config() -> Response:
    """Change it: settings of `images`."""
    values = json_body(ImageConfigRequest).values(services().live.current)
    shown = services().people.people.shown(principal(), MYSELF)
    services().configuration.choices.say(Author(shown.email, shown.id), values)
    return success(present_image_config(services().live.current))


@blueprint.get(f"{BASE}/config/url/verify")
@signed_in_only
@operators_only
def verify() -> Response:
    """Tell whether the endpoint that draws answers; say why not where it does not."""
    pictures().verify()
    return success(present_truth(value=True))
