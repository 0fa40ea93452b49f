"""Prompts: texts that are sent by a command, with their versions."""

from collections.abc import Sequence

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.filters import WorkspaceQuery
from api.schemas.openwebui.grant import AccessRequest
from api.schemas.openwebui.prompt import (
    DiffQuery,
    HistoryQuery,
    NameRequest,
    PromptRequest,
    VersionRequest,
    present_diff,
    present_every,
    present_history,
    present_prompt,
    present_prompts,
    present_tags,
    present_version,
)
from api.schemas.openwebui.session import present_truth
from api.services.groups.records import WantedGrant
from api.services.unset import UNSET
from api.services.webui.prompt_records import Prompt
from api.services.webui.prompts import PromptService
from api.things import Kind

PROMPTS = "/api/v1/prompts"
ONE = f"{PROMPTS}/id/<prompt_id>"
COMMAND = f"{PROMPTS}/command/<command>"

blueprint = Blueprint("prompts", __name__)


def kept() -> PromptService:
    """Return what keeps prompts."""
    return services().webui.prompts


def shared(prompt_id: str, wanted: Sequence[WantedGrant]) -> Prompt:
    """Grant a prompt to these, and to nobody else, and return it."""
    services().groups.sharing.share(principal(), Kind.PROMPT, prompt_id, wanted)
    return kept().get(principal(), prompt_id)


def updated(prompt_id: str) -> Response:
    """Keep what is sent as a version of a prompt, and answer with it."""
    body = json_body(PromptRequest)
    grants = body.granted()
    if grants is not UNSET:
        services().groups.sharing.check_change(principal(), Kind.PROMPT, prompt_id, grants)
    made = kept().update(principal(), prompt_id, body.version())
    return success(present_prompt(made if grants is UNSET else shared(prompt_id, grants)))


@blueprint.get(PROMPTS)
@reads_only
@signed_in_only
def list_all() -> Response:
    """List all prompts that the asker may use, by command."""
    return success(present_every(kept().every(principal())))


@blueprint.get(f"{PROMPTS}/list")
@reads_only
@signed_in_only
def list_page() -> Response:
    """List some of the prompts that the asker may use, 30 a page."""
    wanted = query_arguments(WorkspaceQuery).filter()
    return success(present_prompts(kept().page(principal(), wanted)))


@blueprint.get(f"{PROMPTS}/tags")
@reads_only
@signed_in_only
def list_tags() -> Response:
    """List the tags of all prompts that the asker may use."""
    return success(present_tags(kept().tags(principal())))


@blueprint.post(f"{PROMPTS}/create")
@signed_in_only
def create() -> Response:
    """Keep a prompt with its first version."""
    body = json_body(PromptRequest)
    grants = body.first()
    services().groups.sharing.check(principal(), grants)
    made = kept().create(principal(), body.version())
    return success(present_prompt(shared(made.row.id, grants) if grants else made))


@blueprint.get(ONE)
@reads_only
@signed_in_only
def show(prompt_id: str) -> Response:
    """Show a prompt."""
    return success(present_prompt(kept().get(principal(), key_of(prompt_id))))


@blueprint.post(f"{ONE}/update")
@signed_in_only
def change(prompt_id: str) -> Response:
    """Keep a version of a prompt: shown from now on, or only kept."""
    return updated(key_of(prompt_id))


@blueprint.post(f"{ONE}/update/meta")
@signed_in_only
def rename(prompt_id: str) -> Response:
    """Change what a prompt is called, without a version."""
    body = json_body(NameRequest)
    found = kept().rename(principal(), key_of(prompt_id), body.name, body.command, body.tags)
    return success(present_prompt(found))


@blueprint.post(f"{ONE}/update/version")
@signed_in_only
def show_version(prompt_id: str) -> Response:
    """Show a prompt as it was in a version."""
    wanted = json_body(VersionRequest).id()
    return success(present_prompt(kept().show_version(principal(), key_of(prompt_id), wanted)))


@blueprint.post(f"{ONE}/access/update")
@signed_in_only
def set_access(prompt_id: str) -> Response:
    """Say to whom a prompt is granted: to these, and to nobody else."""
    wanted = json_body(AccessRequest).wanted()
    return success(present_prompt(shared(key_of(prompt_id), wanted)))


@blueprint.post(f"{ONE}/toggle")
@signed_in_only
def toggle(prompt_id: str) -> Response:
    """Switch a prompt on or off."""
    return success(present_prompt(kept().toggle(principal(), key_of(prompt_id))))


@blueprint.delete(f"{ONE}/delete")
@signed_in_only
def delete(prompt_id: str) -> Response:
    """Delete a prompt with its versions."""
    kept().delete(principal(), key_of(prompt_id))
    return success(present_truth(value=True))


# Versions.


@blueprint.get(f"{ONE}/history")
@reads_only
@signed_in_only
def list_versions(prompt_id: str) -> Response:
    """List the versions of a prompt, 30 a page, the newest first."""
    page = query_arguments(HistoryQuery).page
    return success(present_history(kept().history(principal(), key_of(prompt_id), page)))


@blueprint.get(f"{ONE}/history/diff")
@reads_only
@signed_in_only
def compare(prompt_id: str) -> Response:
    """Show how two versions of a prompt differ."""
    ids = query_arguments(DiffQuery).ids()
    return success(present_diff(*kept().versions(principal(), key_of(prompt_id), *ids)))


@blueprint.get(f"{ONE}/history/<version_id>")
@reads_only
@signed_in_only
def one_version(prompt_id: str, version_id: str) -> Response:
    """Show a version of a prompt."""
    wanted = key_of(version_id)
    found, _ = kept().versions(principal(), key_of(prompt_id), wanted, wanted)
    return success(present_version(found))


@blueprint.delete(f"{ONE}/history/<version_id>")
@signed_in_only
def delete_version(prompt_id: str, version_id: str) -> Response:
    """Delete a version of a prompt that is not shown."""
    kept().delete_version(principal(), key_of(prompt_id), key_of(version_id))
    return success(present_truth(value=True))


# By command, as older clients ask.


@blueprint.get(COMMAND)
@reads_only
@signed_in_only
def show_named(command: str) -> Response:
    """Show the prompt with a command: of the asker's own first."""
    found = kept().id_of(principal(), command)
    return success(present_prompt(kept().get(principal(), found)))


@blueprint.post(f"{COMMAND}/update")
@signed_in_only
def change_named(command: str) -> Response:
    """Keep a version of the prompt with a command."""
    return updated(kept().id_of(principal(), command))


@blueprint.delete(f"{COMMAND}/delete")
@signed_in_only
def delete_named(command: str) -> Response:
    """Delete the prompt with a command."""
    kept().delete(principal(), kept().id_of(principal(), command))
    return success(present_truth(value=True))
