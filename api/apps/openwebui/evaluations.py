"""What people say of answers, and how models do by it."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only, reads_only
from api.http.choosing import choose
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.http.responses import JSON
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.rating import (
    ArenaRequest,
    LeaderboardQuery,
    RatingRequest,
    RatingsQuery,
    present_arena,
    present_leaderboard,
    present_rated_models,
    present_rating,
    present_rating_id,
    present_ratings,
    rating_pieces,
)
from api.schemas.openwebui.session import present_truth
from api.services.webui.rating_records import OLDEST_FIRST
from api.services.webui.ratings import RatingService

BASE = "/api/v1/evaluations"
ONE = f"{BASE}/feedback/<rating_id>"
ALL = f"{BASE}/feedbacks/all"

blueprint = Blueprint("evaluations", __name__)


def kept() -> RatingService:
    """Return what keeps ratings."""
    return services().webui.ratings


@blueprint.post(f"{BASE}/feedback")
@signed_in_only
def add() -> Response:
    """Keep what the asker says of an answer."""
    return success(present_rating(kept().add(principal(), json_body(RatingRequest).said())))


@blueprint.get(ONE)
@reads_only
@signed_in_only
def show(rating_id: str) -> Response:
    """Show a rating: one's own, or to an administrator any."""
    return success(present_rating(kept().get(principal(), key_of(rating_id))))


@blueprint.post(ONE)
@signed_in_only
def change(rating_id: str) -> Response:
    """Change what a rating says."""
    said = json_body(RatingRequest).said()
    return success(present_rating(kept().change(principal(), key_of(rating_id), said)))


@blueprint.delete(ONE)
@signed_in_only
def delete(rating_id: str) -> Response:
    """Delete a rating: one's own, or an administrator any."""
    kept().delete(principal(), key_of(rating_id))
    return success(present_truth(value=True))


@blueprint.get(f"{BASE}/feedbacks/user")
@reads_only
@signed_in_only
def list_own() -> Response:
    """List the ratings of the asker, those that were changed last first."""
    own = kept().own(principal())
    return success(present_ratings(own, len(own)))


@blueprint.delete(f"{BASE}/feedbacks")
@signed_in_only
def delete_own() -> Response:
    """Delete all ratings of the asker."""
    return success(present_truth(value=kept().delete_own(principal())))


@blueprint.get(f"{BASE}/feedbacks/list")
@reads_only
@signed_in_only
@operators_only
def list_page() -> Response:
    """List the ratings of all people, 30 a page."""
    return success(
        present_ratings(*kept().page(principal(), query_arguments(RatingsQuery).wanted()))
    )


@blueprint.get(f"{BASE}/feedbacks/models")
@reads_only
@signed_in_only
@operators_only
def list_models() -> Response:
    """List the models that something is said of."""
    return success(present_rated_models(kept().models(principal())))


@blueprint.get(f"{ALL}/export")
@signed_in_only
@operators_only
def export() -> Response:
    """Show the ratings of all people with their chats, the oldest first."""
    return Response(rating_pieces(kept().every(principal())), content_type=JSON)


@blueprint.get(f"{ALL}/ids")
@reads_only
@signed_in_only
@operators_only
def list_ids() -> Response:
    """Show which ratings there are."""
    found, _ = kept().page(principal(), OLDEST_FIRST)
    return success([present_rating_id(one.rating) for one in found])


@blueprint.delete(ALL)
@signed_in_only
@operators_only
def delete_all() -> Response:
    """Delete the ratings of all people."""
    return success(present_truth(value=kept().delete_all(principal())))


@blueprint.get(f"{BASE}/leaderboard")
@reads_only
@signed_in_only
@operators_only
def leaderboard() -> Response:
    """Show how models do beside each other, the best first."""
    query = query_arguments(LeaderboardQuery).query
    return success(present_leaderboard(kept().standings(principal(), query)))


@blueprint.get(f"{BASE}/config")
@signed_in_only
@operators_only
def arena() -> Response:
    """Show whether models answer under cover names, and under which."""
    return success(present_arena(services().live.current))


@blueprint.post(f"{BASE}/config")
@signed_in_only
@operators_only
def set_arena() -> Response:
    """Say whether models answer under cover names, and under which."""
    values = json_body(ArenaRequest).values(services().live.current)
    return success(present_arena(choose(values)))
