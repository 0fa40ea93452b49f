"""The Flask application: pages, errors and, once there are any, services."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface

from api.config.settings import Settings
from api.container import Services
from api.http.discovery import open_doors
from api.http.errors import register_errors
from api.http.forms import FormRequest
from api.http.middleware import Middleware
from api.http.origins import ORIGINS, allow_origins, origins_of
from api.http.pace import Patiences
from api.http.probes import metrics, ready
from api.http.process import WebProcess, install, web_process
from api.http.repeats import honour_keys
from api.http.requests import limit_open_body, refuse_empty_segments, refuse_nul
from api.http.versions import tag_answers


class Application(Flask):
    """An application that leaves out what no page of ours has, and each request would pay for."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is: none is a coroutine."""
        return func

    def process_response(self, response: Response) -> Response:
        """Return an answer from the hands of what is registered for all pages; none has its own.

        Nor is there a session to be saved.
        """
        for function in reversed(self.after_request_funcs[None]):
            response = function(response)
        return response


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
    app.url_value_preprocessor(refuse_nul)
    app.before_request(refuse_empty_segments)
    app.before_request(limit_open_body)
    honour_keys(app)
    tag_answers(app)
    allow_origins(app)
    register_errors(app)
    install(app, WebProcess(open_doors(app)))
    app.add_url_rule("/ready", view_func=ready)
    app.add_url_rule("/metrics", view_func=metrics)
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
    app.config[ORIGINS] = origins_of(settings.server.cors_origins)
    web_process(app).streams.limit = settings.server.max_streams
    web_process(app).streams.signs.interval = settings.server.stream_sign
    if isinstance(app.wsgi_app, Middleware):
        app.wsgi_app.access_log = settings.log.access
        app.wsgi_app.patiences = Patiences.of(settings.clients)
