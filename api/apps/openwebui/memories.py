"""Memories: what somebody wants models to know in their chats."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.choosing import where_on
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.memory import (
    MemoryChangeRequest,
    MemoryQuestion,
    MemoryRequest,
    MemorySearch,
    present_memories,
    present_memory,
    present_memory_hits,
)
from api.schemas.openwebui.session import present_truth
from api.services.webui.memories import MemoryService

MEMORIES = "/api/v1/memories"

blueprint = Blueprint("memories", __name__)
blueprint.before_request(where_on("memories", "Memories"))


def kept() -> MemoryService:
    """Return what keeps memories."""
    return services().webui.memories


@blueprint.get(MEMORIES)
@reads_only
@signed_in_only
def list_all() -> Response:
    """List the memories of the asker, the oldest first."""
    return success(present_memories(kept().every(principal())))


@blueprint.post(f"{MEMORIES}/add")
@signed_in_only
def add() -> Response:
    """Keep a memory."""
    body = json_body(MemoryRequest)
    return success(present_memory(kept().add(principal(), body.content, body.type, body.path)))


@blueprint.post(f"{MEMORIES}/query")
@signed_in_only
def query() -> Response:
    """Find the memories that mean most what a text does."""
    body = json_body(MemoryQuestion)
    return success(present_memory_hits(kept().nearest(principal(), body.content, body.k)))


@blueprint.post(f"{MEMORIES}/search")
@signed_in_only
def search() -> Response:
    """List the memories that have a text in them."""
    return success(present_memories(kept().every(principal(), json_body(MemorySearch).query)))


@blueprint.post(f"{MEMORIES}/reset")
@signed_in_only
def reset() -> Response:
    """Compare memories anew: nothing is to be done, since they are compared as they are asked."""
    return success(present_truth(value=True))


@blueprint.delete(f"{MEMORIES}/delete/user")
@signed_in_only
def delete_all() -> Response:
    """Forget all memories of the asker."""
    kept().delete_all(principal())
    return success(present_truth(value=True))


@blueprint.post(f"{MEMORIES}/<memory_id>/update")
@signed_in_only
def change(memory_id: str) -> Response:
    """Change what a memory says."""
    content = json_body(MemoryChangeRequest).content
    return success(present_memory(kept().change(principal(), key_of(memory_id), content)))


@blueprint.delete(f"{MEMORIES}/<memory_id>")
@signed_in_only
def delete(memory_id: str) -> Response:
    """Forget a memory."""
    kept().delete(principal(), key_of(memory_id))
    return success(present_truth(value=True))
