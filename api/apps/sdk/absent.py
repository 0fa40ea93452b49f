"""Parts of RAGFlow's REST API that are not built: each is refused in a sentence."""

from collections.abc import Iterator
from typing import NamedTuple

from flask import Blueprint, Response, request

from api.apps.sdk.door import DOOR, api_key_required
from api.errors import NotBuiltError
from api.http.absent import METHODS

blueprint = Blueprint("absent", __name__)

DATASET = "/datasets/<dataset_id>"

AGENTS = "Agents"
GRAPHS = "Graphs of entities"
SUMMARIES = "Summaries of chunks"
COMPILED = "Knowledge that a model compiles"
TAGS = "Tags of chunks"
ATTACHED = "Files that belong to one question"


class Absent(NamedTuple):
    """What is not built at an address."""

    rule: str
    what: str
    methods: tuple[str, ...]


def family(address: str, what: str) -> Iterator[Absent]:
    """Yield an address and all that is below it."""
    for rule in (address, f"{address}/<path:rest>"):
        yield Absent(rule, what, METHODS)


ABSENT = (
    *family("/agents_openai", AGENTS),
    *family("/agentbots", AGENTS),
    *family("/webhook", "Webhooks of agents"),
    *family("/plugin", "Tools of agents"),
    *family("/mcp/servers", "MCP servers of others"),
    *family("/connectors", "Connectors to other sources of data"),
    *family("/chat-channels", "Channels to other chats"),
    *family("/langfuse", "Traces in Langfuse"),
    *family("/compilation-templates", COMPILED),
    *family(f"{DATASET}/artifacts", COMPILED),
    *family(f"{DATASET}/skills", COMPILED),
    *family(f"{DATASET}/navigation", COMPILED),
    *family(f"{DATASET}/ingestions", "Logs of ingestion"),
    *family(f"{DATASET}/tags", TAGS),
    Absent("/datasets/tags/aggregation", TAGS, ("GET",)),
    Absent(f"{DATASET}/run_graphrag", GRAPHS, ("POST",)),
    Absent(f"{DATASET}/run_raptor", SUMMARIES, ("POST",)),
    Absent(f"{DATASET}/index", f"{GRAPHS} and summaries of chunks", ("POST", "DELETE")),
    Absent("/chat/audio/<path:rest>", "Speech", METHODS),
    Absent("/file/upload_info", ATTACHED, ("POST",)),
    Absent("/documents/upload", ATTACHED, ("POST",)),
)

WHAT = {f"{DOOR.prefix}{absent.rule}": absent.what for absent in ABSENT}


@api_key_required
def refuse(**_: str) -> Response:
    """Refuse whatever it is."""
    raise NotBuiltError(WHAT[str(request.url_rule)])


for absent in ABSENT:
    blueprint.add_url_rule(absent.rule, view_func=refuse, methods=absent.methods)
