"""REST pages that measure how well questions find what they should."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.evaluation import (
    EvaluationRequest,
    QuestionsRequest,
    present_evaluation,
    present_evaluations,
    present_whole,
)

blueprint = Blueprint("evaluations", __name__)

ALL = "/datasets/<dataset_id>/evaluations"
ONE = f"{ALL}/<evaluation_id>"


@blueprint.post(ALL)
@api_key_required
def begin(dataset_id: str) -> Response:
    """Begin a run of questions, which are sent to it then."""
    body = json_body(EvaluationRequest)
    evaluations = services().search.evaluations
    run = evaluations.begin(principal(), dataset_id, body.name.strip(), body.k, body.sides())
    return success(present_evaluation(run))


@blueprint.post(f"{ONE}/questions")
@api_key_required
def ask(dataset_id: str, evaluation_id: str) -> Response:
    """Ask some questions of a run, and show it with what was measured so far."""
    asked = json_body(QuestionsRequest).asked()
    evaluations = services().search.evaluations
    return success(
        present_evaluation(evaluations.ask(principal(), dataset_id, evaluation_id, asked))
    )


@blueprint.get(ALL)
@reads_only
@api_key_required
def list_all(dataset_id: str) -> Response:
    """List the runs over a dataset with their means, newest first."""
    found = services().search.evaluations.list_all(principal(), dataset_id)
    return success(present_evaluations(found))


@blueprint.get(ONE)
@reads_only
@api_key_required
def show(dataset_id: str, evaluation_id: str) -> Response:
    """Show a run with its questions."""
    found = services().search.evaluations.find(principal(), dataset_id, evaluation_id)
    return success(present_whole(found))


@blueprint.delete(ONE)
@api_key_required
def delete(dataset_id: str, evaluation_id: str) -> Response:
    """Delete a run."""
    services().search.evaluations.delete(principal(), dataset_id, evaluation_id)
    return success(data=True)
