"""Who may use a dataset, an assistant, a file or a model beside those whose it is."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.sdk.grant import (
    GrantsRequest,
    ModelGrantsQuery,
    ModelGrantsRequest,
    present_grants,
)
from api.things import Kind

blueprint = Blueprint("grants", __name__)

OF_DATASET = "/datasets/<dataset_id>/grants"
OF_CHAT = "/chats/<chat_id>/grants"
OF_FILE = "/files/<file_id>/grants"
OF_MODEL = "/models/grants"


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


@blueprint.get(OF_FILE)
@reads_only
@api_key_required
def list_of_file(file_id: str) -> Response:
    """List to whom a file or a folder is granted."""
    grants = services().groups.grants
    return success(present_grants(grants.list_grants(principal(), Kind.FILE, file_id)))


@blueprint.put(OF_FILE)
@api_key_required
def set_of_file(file_id: str) -> Response:
    """Say to whom a file, or a folder with what is in it, is granted: to these alone."""
    wanted = json_body(GrantsRequest).wanted()
    grants = services().groups.grants
    return success(present_grants(grants.set_grants(principal(), Kind.FILE, file_id, wanted)))


@blueprint.get(OF_MODEL)
@reads_only
@api_key_required
def list_of_model() -> Response:
    """List to whom a model that the tenant has added is granted."""
    wanted = query_arguments(ModelGrantsQuery)
    model_id = services().models.providers.id_of(
        principal(), wanted.provider, wanted.name, wanted.type
    )
    grants = services().groups.grants
    return success(present_grants(grants.list_grants(principal(), Kind.MODEL, model_id)))


@blueprint.put(OF_MODEL)
@api_key_required
def set_of_model() -> Response:
    """Say to whom a model that the tenant has added is granted: to these, and to nobody else."""
    wanted = json_body(ModelGrantsRequest)
    model_id = services().models.providers.id_of(
        principal(), wanted.provider, wanted.name, wanted.type
    )
    grants = services().groups.grants
    made = grants.set_grants(principal(), Kind.MODEL, model_id, wanted.wanted())
    return success(present_grants(made))
