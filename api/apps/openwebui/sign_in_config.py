"""The page Authentication of the front end's administrators: the provider, and the directory."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.config.settings import Settings
from api.http.authentication import operators_only
from api.http.choosing import choose
from api.http.context import services
from api.http.requests import json_body
from api.schemas.openwebui.panel_sign_in import (
    DirectoryOnRequest,
    DirectoryServerRequest,
    OAuthRequest,
    present_directory,
    present_directory_on,
    present_oauth,
)

CONFIG = "/api/v1/auths/admin/config"

blueprint = Blueprint("sign_in_config", __name__)


def now() -> Settings:
    """Return the settings in force."""
    return services().live.current


@blueprint.get(f"{CONFIG}/oauth")
@signed_in_only
@operators_only
def show_provider() -> Response:
    """Show the provider of OpenID Connect; its secret is hidden."""
    return success(present_oauth(now()))


@blueprint.post(f"{CONFIG}/oauth")
@signed_in_only
@operators_only
def change_provider() -> Response:
    """Change the provider: these are settings of `oidc`."""
    return success(present_oauth(choose(json_body(OAuthRequest).values(now()))))


@blueprint.get(f"{CONFIG}/ldap")
@signed_in_only
@operators_only
def show_directory_on() -> Response:
    """Show whether people sign in at the directory."""
    return success(present_directory_on(now()))


@blueprint.post(f"{CONFIG}/ldap")
@signed_in_only
@operators_only
def change_directory_on() -> Response:
    """Say whether people sign in at the directory, once it has a host."""
    return success(present_directory_on(choose(json_body(DirectoryOnRequest).values(now()))))


@blueprint.get(f"{CONFIG}/ldap/server")
@signed_in_only
@operators_only
def show_directory() -> Response:
    """Show the directory; its password is hidden."""
    return success(present_directory(now()))


@blueprint.post(f"{CONFIG}/ldap/server")
@signed_in_only
@operators_only
def change_directory() -> Response:
    """Change the directory: these are settings of `ldap`."""
    return success(present_directory(choose(json_body(DirectoryServerRequest).values(now()))))
