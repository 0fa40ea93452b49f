"""Tasks: what runs, waits and failed."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import query_arguments
from api.schemas.sdk.task import TaskQuery, present_task, present_tasks

blueprint = Blueprint("tasks", __name__)

ONE = "/tasks/<task_id>"


@blueprint.get("/tasks")
@reads_only
@api_key_required
def list_page() -> Response:
    """List the tasks of the asker's tenant."""
    query = query_arguments(TaskQuery)
    page = services().ingestion.tasks.list_page(principal(), query.wanted(), query.part())
    return followed(success(present_tasks(page, query)), query.next_after(page.tasks))


@blueprint.get(ONE)
@reads_only
@api_key_required
def get(task_id: str) -> Response:
    """Show a task."""
    return success(present_task(services().ingestion.tasks.get(principal(), task_id)))


@blueprint.post(f"{ONE}/cancel")
@api_key_required
def cancel(task_id: str) -> Response:
    """Stop the run that a task is of, and show the task."""
    return success(present_task(services().ingestion.tasks.cancel(principal(), task_id)))


@blueprint.post(f"{ONE}/retry")
@api_key_required
def retry(task_id: str) -> Response:
    """Try a task again, and show the one that is queued for it."""
    return success(present_task(services().ingestion.tasks.retry(principal(), task_id)))
