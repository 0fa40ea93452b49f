"""Parts of Open WebUI's API that are not built: each is refused in a sentence."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.apps.openwebui.door import signed_in_only
from api.errors import NotBuiltError
from api.http.absent import METHODS, methods_of_others
from api.http.dialects import HOME

ABSENT = {
    "/api/embeddings": "Embeddings at this address (POST /v1/embeddings has them)",
    "/api/v1/analytics": "Reading chats of others in analytics",
    "/api/v1/apps": "Apps",
    "/api/v1/audio": "This of speech",
    "/api/v1/auths/admin": "These settings in this front end (the console has them)",
    "/api/v1/auths/oauth": "Signing in by a token of a provider",
    "/api/v1/auths/mfa": "Setting up the second factor in this front end (the console does it)",
    "/api/v1/automations": "Automations",
    "/api/v1/calendars": "Calendars",
    "/api/v1/configs": "These settings in this front end (the console has them)",
    "/api/v1/evaluations": "This of evaluations",
    "/api/v1/files": "This of files",
    "/api/v1/images": "This of images",
    "/api/v1/knowledge": "This of knowledge bases",
    "/api/v1/models/model/history": "Histories of models",
    "/api/v1/messages": "Anthropic's messages at this address (POST /v1/messages has them)",
    "/api/v1/pipelines": "Servers of pipelines (functions are filters and pipes here)",
    "/api/v1/retrieval": "This of retrieval",
    "/api/v1/tasks": "This of what models write",
    "/api/v1/functions": "This of functions",
    "/api/v1/tools": "This of tools in Python",
    "/api/v1/utils": "This utility",
    "/ollama": "Passing requests on to Ollama",
    "/openai": "Passing requests on to endpoints",
}
"""What is not built, by its address; all below is not, either."""

blueprint = Blueprint("absent", __name__)


@blueprint.route("/api/<path:rest>", methods=METHODS)
@blueprint.route("/openai/<path:rest>", methods=METHODS)
@blueprint.route("/ollama/<path:rest>", methods=METHODS)
@signed_in_only
def refuse(rest: str) -> Response:  # noqa: ARG001 - the whole address is looked at
    """Refuse methods that a page lacks, and by its name what is not built; else there is none."""
    methods = methods_of_others()
    if methods:
        raise MethodNotAllowed(methods)
    address = request.path.removeprefix(HOME).rstrip("/")
    while address:
        if address in ABSENT:
            raise NotBuiltError(ABSENT[address])
        address = address.rpartition("/")[0]
    raise NotFound
