"""What people say of answers as Open WebUI's clients have it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, NotRequired

import orjson
from pydantic import ConfigDict, Field, field_validator
from typing_extensions import TypedDict

from api.config.settings import Settings
from api.errors import ArgumentError
from api.schemas.base import MAX_PAGE, NullFreeRequest, Request, StorableText
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.grant import Grants
from api.schemas.openwebui.knowledge import PersonAnswer, present_owner
from api.schemas.openwebui.panel import Panel, PanelRequest, listed, switch
from api.services.webui.rating_records import RatedBy, Rating, RatingsWanted, Said, Standing

ORDERS = {
    "model_id": "model_id",
    "rating": "value",
    "created_at": "create_time",
    "updated_at": "update_time",
}
"""By which columns ratings are listed."""

LONGEST_MODEL = 255

MOST_COVERS = 100
MOST_COVERED = 1000


class RatingRequest(Request):
    """What somebody says of an answer, with the chat as it is then."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "rating", "data": {"rating": 1, "model_id": "guide"}}]
        }
    )

    type: StorableText = Field("rating", min_length=1, max_length=32)
    data: dict[str, object] = Field({}, max_length=64)
    meta: dict[str, object] = Field({}, max_length=64)
    snapshot: dict[str, object] = Field({}, max_length=64)

    @field_validator("data", "meta", "snapshot", mode="before")
    @classmethod
    def nothing_is_empty(cls, given: object) -> object:
        """Take null as an empty object."""
        return {} if given is None else given

    def said(self) -> Said:
        """Return what is said; raises ArgumentError for a model without a name."""
        model, value = self.data.get("model_id") or "", self.data.get("rating")
        if not isinstance(model, str) or len(model) > LONGEST_MODEL or "\0" in model:
            raise ArgumentError("data.model_id: give the id of a model.")
        try:
            number = int(str(value or 0))
        except ValueError as error:
            raise ArgumentError("data.rating: give 1 or -1.") from error
        sign = (number > 0) - (number < 0)
        return Said(self.type, model, sign, self.data, self.meta, self.snapshot)


class RatingsQuery(Request):
    """Some ratings, 30 a page, those that were changed last first."""

    order_by: str = Field("", max_length=32)
    direction: Literal["", "asc", "desc"] = ""
    model_id: StorableText = Field("", max_length=LONGEST_MODEL)
    page: int = Field(1, ge=1, le=MAX_PAGE)

    def wanted(self) -> RatingsWanted:
        """Return which ratings are asked for."""
        order = ORDERS.get(self.order_by, "update_time")
        return RatingsWanted(order, self.direction != "asc", self.model_id, page=self.page - 1)


class LeaderboardQuery(Request):
    """Letters that are in the tags of those ratings that count; without any all of them do."""

    query: StorableText = Field("", max_length=255)


ARENA = Panel(
    {
        "ENABLE_EVALUATION_ARENA_MODELS": switch("frontend.arena", "evaluation.arena.enable"),
        "EVALUATION_ARENA_MODELS": listed("frontend.arena_models", "evaluation.arena.models"),
    },
    {},
)

ModelName = Annotated[StorableText, Field(min_length=1, max_length=LONGEST_MODEL)]


class CoverMeta(NullFreeRequest):
    """What is told of a cover name, and which models answer under it: none names all."""

    model_config = ConfigDict(extra="allow")

    description: StorableText = Field("", max_length=2000)
    model_ids: list[ModelName] = Field([], max_length=MOST_COVERED)
    filter_mode: Literal["include", "exclude"] = "include"
    access_grants: Grants | None = None


class CoverRequest(NullFreeRequest):
    """A cover name, under which one of several models answers."""

    id: ModelName
    name: ModelName
    meta: CoverMeta = CoverMeta()


class ArenaRequest(PanelRequest):
    """Whether models answer under cover names, and under which."""

    PANEL: ClassVar[Panel] = ARENA

    ENABLE_EVALUATION_ARENA_MODELS: bool | None = None
    EVALUATION_ARENA_MODELS: list[CoverRequest] | None = Field(None, max_length=MOST_COVERS)


class ListedRatingAnswer(TypedDict):
    """A rating; times in seconds since 1970."""

    id: str
    user_id: str
    version: int
    type: str
    data: Mapping[str, Any]
    meta: Mapping[str, Any]
    created_at: int
    updated_at: int


class RatingAnswer(ListedRatingAnswer):
    """A rating with the chat as it was then."""

    snapshot: Mapping[str, Any]


class RatedByAnswer(ListedRatingAnswer):
    """A rating, and who says so."""

    user: PersonAnswer | None


class RatingsAnswer(TypedDict):
    """Some ratings, and how many there are in all."""

    items: list[RatedByAnswer]
    total: int


class RatingIdAnswer(TypedDict):
    """That there is a rating."""

    id: str
    user_id: str
    created_at: int
    updated_at: int


class TagCountAnswer(TypedDict):
    """A tag, and how many answers have it."""

    tag: str
    count: int


class StandingAnswer(TypedDict):
    """How a model does beside others."""

    model_id: str
    rating: int
    won: int
    lost: int
    count: int
    top_tags: list[TagCountAnswer]


class LeaderboardAnswer(TypedDict):
    """How models do, the best first."""

    entries: list[StandingAnswer]


class CoverMetaAnswer(TypedDict):
    """What is told of a cover name, and which models answer under it; the rest stands beside."""

    model_ids: NotRequired[list[str]]
    filter_mode: NotRequired[str]


class CoverAnswer(TypedDict):
    """A cover name."""

    id: str
    name: str
    meta: CoverMetaAnswer


class ArenaAnswer(TypedDict):
    """Whether models answer under cover names, and under which."""

    ENABLE_EVALUATION_ARENA_MODELS: bool
    EVALUATION_ARENA_MODELS: list[CoverAnswer]


def present_listed_rating(found: Rating) -> ListedRatingAnswer:
    """Return a rating without its snapshot."""
    return {
        "id": dashed(found.id),
        "user_id": found.user_id,
        "version": 0,
        "type": found.kind,
        "data": found.data,
        "meta": found.meta,
        "created_at": found.create_time // 1000,
        "updated_at": found.update_time // 1000,
    }


def present_rating(found: Rating) -> RatingAnswer:
    """Return a rating."""
    return {**present_listed_rating(found), "snapshot": found.snapshot}


def present_rated_by(found: Sequence[RatedBy]) -> list[RatedByAnswer]:
    """Return ratings with who says so."""
    return [
        {**present_listed_rating(rating), "user": present_owner(person)} for rating, person in found
    ]


def present_ratings(found: Sequence[RatedBy], total: int) -> RatingsAnswer:
    """Return some ratings."""
    return {"items": present_rated_by(found), "total": total}


def rating_pieces(found: Iterator[Rating]) -> Annotated[Iterator[bytes], list[RatingAnswer]]:
    """Yield a list of ratings as JSON text, one after the other: with chats there may be much."""
    yield b"["
    for number, one in enumerate(found):
        yield (b"," if number else b"") + orjson.dumps(present_rating(one))
    yield b"]"


def present_rating_id(found: Rating) -> RatingIdAnswer:
    """Return that there is a rating."""
    return {
        "id": dashed(found.id),
        "user_id": found.user_id,
        "created_at": found.create_time // 1000,
        "updated_at": found.update_time // 1000,
    }


def present_leaderboard(found: Sequence[Standing]) -> LeaderboardAnswer:
    """Return how models do."""
    return {"entries": [present_standing(one) for one in found]}


def present_standing(found: Standing) -> StandingAnswer:
    """Return how a model does."""
    return {
        "model_id": found.model_id,
        "rating": found.rating,
        "won": found.won,
        "lost": found.lost,
        "count": found.won + found.lost,
        "top_tags": [{"tag": tag, "count": many} for tag, many in found.tags],
    }


def present_rated_models(found: Sequence[str]) -> list[str]:
    """Return the models that something is said of."""
    return list(found)


def present_arena(settings: Settings) -> ArenaAnswer:
    """Return whether models answer under cover names, and under which."""
    return ARENA.shown(settings)  # type: ignore[return-value]  # its rows have these names
