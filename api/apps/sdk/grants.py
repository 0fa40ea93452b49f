"""Who may use a dataset or an assistant beside those whose it is."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.grant import GrantsRequest, present_grants
from api.things import Kind

blueprint = Blueprint("grants", __name__)

OF_DATASET = "/datasets/<dataset_id>/grants"
OF_CHAT = "/chats/<chat_id>/grants"


@blueprint.get(OF_DATASET)
@reads_only
@api_key_required
def list_of_dataset(dataset_id: str) -> Response:
    """List to whom a dataset is granted."""
    grants = services().groups.grants
    return success(present_grants(grants.list_grants(principal(), Kind.DATASET, dataset_id)))


@blueprint.put(OF_DATASET)
@api_key_required
def set_of_dataset(dataset_id: str) -> Response:
    """Say to whom a dataset is granted: to these, and to nobody else."""
    wanted = json_body(GrantsRequest).wanted()
    grants = services().groups.grants
    return success(present_grants(grants.set_grants(principal(), Kind.DATASET, dataset_id, wanted)))


@blueprint.get(OF_CHAT)
@reads_only
@api_key_required
def list_of_chat(chat_id: str) -> Response:
    """List to whom an assistant is granted."""
    grants = services().groups.grants
    return success(present_grants(grants.list_grants(principal(), Kind.CHAT, chat_id)))


@blueprint.put(OF_CHAT)
@api_key_required
def set_of_chat(chat_id: str) -> Response:
    """Say to whom an assistant is granted: to these, and to nobody else."""
    wanted = json_body(GrantsRequest).wanted()
    grants = services().groups.grants
    return success(present_grants(grants.set_grants(principal(), Kind.CHAT, chat_id, wanted)))
