"""The pages of the console: one shell, in which modules show what the address says."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from api.apps.web.door import signed_in_only
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.web.addresses import BASE, FIRST, HOME, PAGES, Page
from api.web.answers import page, redirection, wants_page
from api.web.files import TEMPLATES

blueprint = Blueprint("shell", __name__, template_folder=TEMPLATES)


@blueprint.get("/")
def root() -> Response:
    """Lead browsers from the root of the server to the console; for programs nothing is there."""
    if not wants_page():
        raise NotFound
    return redirection(BASE)


@blueprint.get(BASE)
@reads_only
@signed_in_only
def entrance() -> Response:
    """Lead to the datasets, and to the first steps who has none yet."""
    is_new = not services().library.datasets.any_visible(principal())
    return redirection(f"{BASE}/{FIRST if is_new else HOME}")


def show(shown: Page) -> Response:
    """Show the shell of a page to the user who has signed in."""
    found = services().accounts.accounts.profile(principal())
    start = {
        "base": f"{request.root_path}{BASE}",
        "api": f"{request.root_path}/api/v1",
        "pages": [[one.name, one.address, one.icon, one.under] for one in PAGES],
        "user": {"nickname": found.nickname, "email": found.email, "admin": found.is_superuser},
        "version": services().operations.system.version,
    }
    return page("shell.html", name=shown.name, start=start)


def add(shown: Page) -> None:
    """Add the address of a page."""

    @reads_only
    @signed_in_only
    def view(**arguments: str) -> Response:
        """Show a page of the console."""
        del arguments  # the browser reads them
        return show(shown)

    blueprint.add_url_rule(f"{BASE}{shown.address}", endpoint=shown.name, view_func=view)


for known in PAGES:
    add(known)
