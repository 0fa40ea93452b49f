"""The Flask application: pages, errors and, once there are any, services."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wsgi import get_host

from api.config.guarding import AuditSettings
from api.config.settings import Settings
from api.container import Services
from api.http.auditing import Audit, audit_events
from api.http.body_limits import LIMITS, BodyLimits
from api.http.current import this_request
from api.http.dialects import Dialects
from api.http.discovery import open_doors
from api.http.errors import register_errors
from api.http.forms import FormRequest
from api.http.fronting import Front
from api.http.guards import Guards
from api.http.happenings import tell_happenings
from api.http.middleware import Middleware
from api.http.origins import ORIGINS, allow_origins, origins_of
from api.http.pace import Patiences
from api.http.packing import PACKING, Packing, compress_answers, mark_answers
from api.http.probes import metrics, ready
from api.http.process import WebProcess, install, web_process
from api.http.rates import RATES, RateLimits, limit_rates
from api.http.remembering import forget_with_changes
from api.http.repeats import honour_keys
from api.http.requests import look_at
from api.http.versions import tag_answers


class Route(Rule):
    """A rule that composes addresses only from when somebody asks for one, which no page does.

    Werkzeug compiles two functions for each rule at once: half of what opening the doors takes.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - as Werkzeug has it
        return Route._compose_with_unknown if append_unknown else Route._compose

    # What Werkzeug binds to the rule: functions of the class, as one for each rule takes 600 KB.

    def _compose(self, **values: Any) -> tuple[str, str]:
        return super()._compile_builder(append_unknown=False)(self, **values)

    def _compose_with_unknown(self, **values: Any) -> tuple[str, str]:
        return super()._compile_builder(append_unknown=True)(self, **values)


class Application(Flask):
    """An application that leaves out what no page of ours has, and each request would pay for."""

    url_rule_class = Route

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is: none is a coroutine."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds the page of a request, whose host none of our rules looks at."""
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        environ = request.environ
        request.host = host = get_host(environ)
        scheme, method = environ["wsgi.url_scheme"], environ["REQUEST_METHOD"]
        found = request.root_path, "", scheme, request.path, method, environ["QUERY_STRING"]
        return MapAdapter(self.url_map, checked_host(host), *found)

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Return the first answer of what looks at requests before pages; None if none has one.

        That is registered for all pages, or for those of one blueprint; no blueprint is in another.
        """
        registered = self.before_request_funcs
        own = registered.get(this_request().blueprint, ()) if len(registered) > 1 else ()
        for function in (*registered[None], *own):
            found: ResponseReturnValue | None = function()
            if found is not None:
                return found
        return None

    def process_response(self, response: Response) -> Response:
        """Return an answer from the hands of what is registered for all pages; none has its own.

        Nor is there a session to be saved.
        """
        for function in reversed(self.after_request_funcs[None]):
            response = function(response)
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Call what is registered for the end of all requests; no page has its own."""
        for function in reversed(self.teardown_request_funcs[None]):
            function(exc)


@lru_cache(maxsize=256)
def checked_host(host: str) -> str:
    """Return a host as addresses have it; raises BadHost for one that none can have."""
    return Map().bind(host).server_name


class NoSessions(SessionInterface):
    """Keeps no cookies: a request says who it is by its key or token."""

    none = NullSession()

    def open_session(self, _app: Flask, _request: Request) -> NullSession:
        """Return a session that holds nothing and takes nothing."""
        return self.none


def create_app() -> Flask:
    """Return an application with every page registered and nothing opened."""
    app = Application("raglan", static_folder=None)
    app.request_class = FormRequest
    app.session_interface = NoSessions()
    app.url_map.strict_slashes = False
    app.wsgi_app = Middleware(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way
    app.before_request(look_at)
    limit_rates(app)
    audit_events(app)
    compress_answers(app)
    honour_keys(app)
    tag_answers(app)
    forget_with_changes(app)
    allow_origins(app)
    mark_answers(app)
    tell_happenings(app)  # the first to see an answer: it is not compressed yet
    register_errors(app)
    install(app, WebProcess(open_doors(app)))
    app.add_url_rule("/ready", view_func=ready)
    app.add_url_rule("/metrics", view_func=metrics)
    app.url_map.update()  # puts rules in order, which each worker would do with its first request
    return app


def attach(app: Flask, services: Services) -> None:
    """Attach the services of this process to the pages of `app`."""
    web = web_process(app)
    web.attach(services)
    services.live.on_change(partial(follow, app))
    if isinstance(app.wsgi_app, Middleware):
        app.wsgi_app.recorder = services.recorder
    web.phase.serve()


def follow(app: Flask, settings: Settings) -> None:
    """Apply settings to the application, at its start and when they have changed."""
    app.config["MAX_CONTENT_LENGTH"] = settings.server.max_body_bytes
    app.config[LIMITS] = BodyLimits(settings.server)
    app.config[RATES] = RateLimits(settings.rate_limits) or None
    packing = Packing(settings.compression)
    app.config[PACKING] = packing if packing.codings else None
    app.config[ORIGINS] = origins_of(settings.server.cors_origins)
    web_process(app).streams.limit = settings.server.max_streams
    web_process(app).streams.signs.interval = settings.server.stream_sign
    if isinstance(app.wsgi_app, Middleware):
        app.wsgi_app.access_log = settings.log.access
        app.wsgi_app.patiences = Patiences.of(settings.clients)
        app.wsgi_app.front = Front.of(settings)
        app.wsgi_app.dialects = dialects_of(app, settings)
        app.wsgi_app.audit = audit_of(app, settings.audit)
        app.wsgi_app.guards = Guards(settings.headers)


def dialects_of(app: Flask, settings: Settings) -> Dialects:
    """Return what leads requests to the doors whose dialects they speak."""
    return Dialects(web_process(app).doors, has_front_end=bool(settings.frontend.dir))


def audit_of(app: Flask, settings: AuditSettings) -> Audit | None:
    """Return what of requests is noted; None where nothing is."""
    if settings.level == "none":
        return None
    return Audit(settings, web_process(app).services.auditing.trail)
