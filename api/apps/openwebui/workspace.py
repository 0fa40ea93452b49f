"""Models of the workspace: assistants as the front end's people make them."""

from collections.abc import Sequence

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.filters import WorkspaceQuery
from api.schemas.openwebui.person import present_groups
from api.schemas.openwebui.prompt import present_tags
from api.schemas.openwebui.session import present_truth
from api.schemas.openwebui.workspace import (
    ImportRequest,
    ModelAccessRequest,
    ModelIdQuery,
    ModelIdRequest,
    ModelRequest,
    present_exported,
    present_workspace,
    present_workspaces,
)
from api.services.groups.records import WantedGrant
from api.services.unset import UNSET
from api.services.webui.model_records import WorkspaceModel
from api.services.webui.workspace import WorkspaceService
from api.things import Kind

MODELS = "/api/v1/models"

blueprint = Blueprint("workspace", __name__)


def kept() -> WorkspaceService:
    """Return what keeps models."""
    return services().webui.workspace


def shared(found: WorkspaceModel, wanted: Sequence[WantedGrant]) -> WorkspaceModel:
    """Grant a model to these, and to nobody else, and return it."""
    chat_id = found.shown.chat.id
    services().groups.sharing.share(principal(), Kind.CHAT, chat_id, wanted)
    return kept().get(principal(), chat_id)


@blueprint.get(f"{MODELS}/list")
@reads_only
@signed_in_only
def list_page() -> Response:
    """List some of the models that the asker may use, 30 a page."""
    wanted = query_arguments(WorkspaceQuery).filter()
    return success(present_workspaces(kept().page(principal(), wanted)))


@blueprint.get(f"{MODELS}/all")
@reads_only
@signed_in_only
def list_all() -> Response:
    """List all models that the asker may use, by name."""
    return success(present_exported(kept().every(principal())))


@blueprint.get(f"{MODELS}/export")
@reads_only
@signed_in_only
def export() -> Response:
    """List the models that the asker may change, as they can be imported."""
    found = [one for one in kept().every(principal()) if one.is_writable]
    return success(present_exported(found))


@blueprint.get(f"{MODELS}/tags")
@reads_only
@signed_in_only
def list_tags() -> Response:
    """List the tags of all models that the asker may use."""
    return success(present_tags(kept().tags(principal())))


@blueprint.get(f"{MODELS}/base")
@signed_in_only
def list_base() -> Response:
    """List nothing: for models of providers nothing is set here."""
    return success(present_groups())


@blueprint.get(f"{MODELS}/base/tags")
@signed_in_only
def list_base_tags() -> Response:
    """List nothing: models of providers have no tags."""
    return success(present_groups())


@blueprint.get(f"{MODELS}/model")
@reads_only
@signed_in_only
def show() -> Response:
    """Show a model."""
    wanted = query_arguments(ModelIdQuery).id
    return success(present_workspace(kept().get(principal(), wanted)))


@blueprint.get(f"{MODELS}/<model_id>")
@reads_only
@signed_in_only
def show_by_path(model_id: str) -> Response:
    """Show a model, as older clients ask."""
    return success(present_workspace(kept().get(principal(), model_id)))


@blueprint.post(MODELS)
@blueprint.post(f"{MODELS}/create")
@signed_in_only
def create() -> Response:
    """Make a model: an assistant of the asker."""
    body = json_body(ModelRequest)
    new, grants = body.model(), body.first()
    services().groups.sharing.check(principal(), grants)
    made = kept().create(principal(), new)
    return success(present_workspace(shared(made, grants) if grants else made))


@blueprint.post(f"{MODELS}/import")
@signed_in_only
def take() -> Response:
    """Make models, or what they are from now on: all or none."""
    kept().take(principal(), json_body(ImportRequest).wanted())
    return success(present_truth(value=True))


@blueprint.post(f"{MODELS}/model/update")
@signed_in_only
def change() -> Response:
    """Make a model what is sent."""
    body = json_body(ModelRequest)
    new, grants = body.model(), body.granted()
    if grants is not UNSET:
        chat_id = kept().get(principal(), new.model_id).shown.chat.id
        services().groups.sharing.check_change(principal(), Kind.CHAT, chat_id, grants)
    made = kept().update(principal(), new)
    return success(present_workspace(made if grants is UNSET else shared(made, grants)))


@blueprint.post(f"{MODELS}/model/access/update")
@signed_in_only
def set_access() -> Response:
    """Say to whom a model is granted: to these, and to nobody else."""
    body = json_body(ModelAccessRequest)
    found = kept().get(principal(), body.id)
    return success(present_workspace(shared(found, body.wanted())))


@blueprint.post(f"{MODELS}/model/toggle")
@signed_in_only
def toggle() -> Response:
    """Switch a model on or off for this front end."""
    wanted = query_arguments(ModelIdQuery).id
    return success(present_workspace(kept().toggle(principal(), wanted)))


@blueprint.post(f"{MODELS}/model/delete")
@signed_in_only
def delete() -> Response:
    """Delete a model: the assistant, with all that was said with it."""
    kept().delete(principal(), json_body(ModelIdRequest).id)
    return success(present_truth(value=True))
