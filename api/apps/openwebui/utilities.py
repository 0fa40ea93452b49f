"""Small services to the front end."""

from hashlib import sha256

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.requests import query_arguments
from api.schemas.openwebui.utility import GravatarQuery, present_gravatar

UTILS = "/api/v1/utils"

blueprint = Blueprint("utilities", __name__)


@blueprint.get(f"{UTILS}/gravatar")
@signed_in_only
def gravatar() -> Response:
    """Tell where the picture of an e-mail address is at Gravatar, which is not asked."""
    address = query_arguments(GravatarQuery).email.strip().lower()
    return success(present_gravatar(sha256(address.encode()).hexdigest()))
