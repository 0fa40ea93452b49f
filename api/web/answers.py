"""What goes out of the console: pages, redirections and errors, each under the same policy."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, g, render_template, request

from api.federation.base import Problem
from api.http.context import services
from api.http.responses import refusal
from api.http.words import Told
from api.web.addresses import BASE
from api.web.files import site
from api.web.preferences import language, theme
from api.web.words import texts
from rag.loading import loaded

HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)
"""Nothing is loaded from elsewhere; nothing is run, styled or made markup that is not a file."""

NOBODY = "frame-ancestors 'none'"
POLICY_HEADER = "Content-Security-Policy"

SIGN_IN = f"{BASE}/signin"

QR = "api.web.pictures:qr"
"""What draws codes for phones: loaded with the first one, as few set up a second factor."""


def page(template: str, status: int = 200, **values: object) -> Response:
    """Return a page in the language and the colours of the browser."""
    text = render_template(
        template,
        **values,
        base=f"{request.root_path}{BASE}",
        language=language(),
        theme=theme(),
        static=f"{request.root_path}{BASE}/static/{site().version}",
        t=texts(language()),
    )
    response = Response(text, status, content_type=HTML)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.update(("Accept", "Accept-Language", "Cookie"))
    return guarded(response)


def redirection(address: str) -> Response:
    """Return an answer that leads to an address of the server, which is asked for by GET."""
    return leading_to(f"{request.root_path}{address}")


def leading_to(place: str) -> Response:
    """Return an answer that leads to an address, wherever that is."""
    response = Response(status=HTTPStatus.SEE_OTHER, headers={"Location": place})
    response.headers["Cache-Control"] = "no-store"
    response.vary.update(("Accept", "Cookie"))
    return guarded(response)


def guarded(response: Response) -> Response:
    """Return an answer under the policy of the console, which some sites may show in a frame."""
    sites = services().live.current.headers.frame_ancestors.split()
    response.headers[POLICY_HEADER] = policy_for(sites)
    return response


def policy_for(sites: Sequence[str]) -> str:
    """Return the policy of a page that some sites may show in a frame; by default none may."""
    return POLICY.replace(NOBODY, f"frame-ancestors {' '.join(sites)}") if sites else POLICY


def refused(what: Told) -> Response:
    """Answer an error: a page for people, and the envelope for programs."""
    if not wants_page():
        return guarded(refusal(what))
    if "target" in g:  # the form to sign in was read
        return signing_in(g.target, what.status, refusal=what)
    if "form" in g:
        template, values = g.form
        return page(template, what.status, problem=what, **values)
    if what.status == HTTPStatus.UNAUTHORIZED:
        return redirection(f"{SIGN_IN}?{urlencode({'next': request.full_path.rstrip('?')})}")
    return page("problem.html", what.status, problem=what)


def signing_in(
    target: str, status: int = 200, *, refusal: Told | None = None, problem: Problem | None = None
) -> Response:
    """Return the form to sign in, with the providers beside it, and what went wrong."""
    return page(
        "signin.html",
        status,
        refusal=refusal,
        problem=problem,
        next=target,
        query=urlencode({"next": target}),
        channels=services().identity.providers.channels(),
        may_forget=services().sign_in.outbox.is_open(),
        may_join=services().people.sign_up.is_for_people(),
        names=services().identity.directory.is_there,
    )


def qr(uri: str) -> str:
    """Return an address as a QR code in SVG."""
    return str(loaded(QR)(uri))


def answering(template: str, **values: object) -> None:
    """Answer what is refused from here on by the page with the form that was sent."""
    g.form = (template, values)


def wants_page() -> bool:
    """Return whether a browser asks for a page, or a person sends a form."""
    return "text/html" in request.headers.get("Accept", "")


def is_inside(address: str) -> bool:
    """Return whether an address is one of the console's: sign-in leads to no other one."""
    return address == BASE or address.startswith(f"{BASE}/")
