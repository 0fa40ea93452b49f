"""REST pages of the questions that are kept with a dataset."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.question import (
    QuestionIds,
    QuestionRequest,
    present_deleted,
    present_questions,
)

blueprint = Blueprint("questions", __name__)

ALL = "/datasets/<dataset_id>/questions"


@blueprint.get(ALL)
@reads_only
@api_key_required
def list_all(dataset_id: str) -> Response:
    """List the questions that are kept with a dataset, newest first."""
    found = services().library.questions.list_all(principal(), dataset_id)
    return success(present_questions(found))


@blueprint.put(ALL)
@api_key_required
def keep(dataset_id: str) -> Response:
    """Keep a question, or what a kept one should find, and list all."""
    asked = json_body(QuestionRequest)
    questions = services().library.questions
    expected = tuple(dict.fromkeys(asked.chunk_ids))
    return success(
        present_questions(questions.keep(principal(), dataset_id, asked.question, expected))
    )


@blueprint.delete(ALL)
@api_key_required
def delete(dataset_id: str) -> Response:
    """Delete kept questions, and tell how many there were."""
    ids = json_body(QuestionIds).ids
    return success(
        present_deleted(services().library.questions.delete(principal(), dataset_id, ids))
    )
