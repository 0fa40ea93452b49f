"""What the front end asks before anybody has signed in, and what it asks again and again."""

from flask import Blueprint, Response

from api.apps.openwebui.door import DOOR, signed_in_only, success
from api.errors import AuthenticationError, NotAllowedError, UnavailableError
from api.http.context import services
from api.http.process import web_process
from api.http.vouching import vouched
from api.schemas.openwebui.session import present_done
from api.schemas.openwebui.start import (
    Ways,
    present_changelog,
    present_config,
    present_updates,
    present_usage,
    present_version,
)
from api.services.accounts.records import ProfileRecord

blueprint = Blueprint("start", __name__)


@blueprint.get("/api/config")
def config() -> Response:
    """Tell what the server is, and more of it to who has signed in."""
    people = services().people.sign_up
    profile = asking()
    found = present_config(
        services().operations.system.version,
        profile,
        services().groups.permissions.of_account(profile.id) if profile else (),
        sockets=web_process().sockets is not None,
        sign_up=people.is_open(),
        is_new=not services().accounts.accounts.any_account(),
        settings=services().live.current,
        ways=Ways(
            services().identity.providers.channels(),
            services().identity.directory.is_there,
            vouched() is not None,
        ),
    )
    return success(found)


@blueprint.get("/api/version")
def version() -> Response:
    """Tell the version of the server."""
    return success(present_version(services().operations.system.version))


@blueprint.get("/health/db")
def database() -> Response:
    """Answer as `/health` does while the database answers, else 503 with the reason."""
    state = services().operations.system.states(["database"])["database"]
    if state.error is not None:
        raise UnavailableError(f"The database does not answer: {state.error}")
    return success(present_done())


@blueprint.get("/api/version/updates")
@signed_in_only
def updates() -> Response:
    """Tell the version of the server as the newest one: it asks nobody."""
    return success(present_updates(services().operations.system.version))


@blueprint.get("/api/changelog")
def changelog() -> Response:
    """Tell of no changes: `CHANGELOG.md` does."""
    return success(present_changelog())


@blueprint.get("/api/usage")
@signed_in_only
def usage() -> Response:
    """Tell which models answer now, and how many people were there in the last minutes."""
    found = services().webui.presence
    return success(present_usage(found.models(), found.people()))


def asking() -> ProfileRecord | None:
    """Return who asks, if anybody has signed in: this page is for the others, too."""
    try:
        found = DOOR.authenticate()
    except (AuthenticationError, NotAllowedError):
        return None
    return services().accounts.accounts.profile_of(found.user_id)
