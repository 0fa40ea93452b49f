"""How much is asked and answered, for administrators."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.openwebui.analytics import (
    DaysQuery,
    PeopleQuery,
    PeriodQuery,
    most,
    present_days,
    present_model_counts,
    present_summary,
    present_tokens,
    present_user_counts,
)
from api.services.webui.analytics_records import Told

BASE = "/api/v1/analytics"

blueprint = Blueprint("analytics", __name__)


def answers(query: PeriodQuery) -> list[Told]:
    """Return the answers that are counted."""
    return services().webui.analytics.answers(principal(), *query.asked())


@blueprint.get(f"{BASE}/summary")
@signed_in_only
@operators_only
def summary() -> Response:
    """Show how many answers, chats, models and people there are in a period."""
    return success(present_summary(answers(query_arguments(PeriodQuery))))


@blueprint.get(f"{BASE}/models")
@signed_in_only
@operators_only
def list_models() -> Response:
    """Show how many answers each model made."""
    return success(present_model_counts(answers(query_arguments(PeriodQuery))))


@blueprint.get(f"{BASE}/users")
@signed_in_only
@operators_only
def list_users() -> Response:
    """Show how many answers people got, those with most first."""
    query = query_arguments(PeopleQuery)
    counts = most(answers(query), query)
    known = services().webui.analytics.named([one.name for one in counts])
    return success(present_user_counts(counts, known))


@blueprint.get(f"{BASE}/tokens")
@signed_in_only
@operators_only
def tokens() -> Response:
    """Show how many tokens the answers of each model took."""
    return success(present_tokens(answers(query_arguments(PeriodQuery))))


@blueprint.get(f"{BASE}/daily")
@signed_in_only
@operators_only
def daily() -> Response:
    """Show how many answers each model made on each day, or in each hour, in UTC."""
    query = query_arguments(DaysQuery)
    return success(present_days(answers(query), query))
