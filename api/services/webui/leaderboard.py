"""How models do beside each other, from what people say of their answers: after Elo."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from api.services.webui.rating_records import Match, Rating, Standing

FIRST = 1000.0
STEP = 32.0
"""What a model begins with, and what it gains at most by one comparison."""

SPREAD = 400.0
"""By how much more of a rating a model is expected to win ten times as often."""

MOST_TAGS = 5


def matches(rating: Rating) -> Iterator[Match]:
    """Yield what a rating says of a model beside those that answered the same question."""
    others = rating.data.get("sibling_model_ids")
    for other in others if isinstance(others, list) else ():
        if rating.value and isinstance(other, str) and other != rating.model_id:
            pair = (rating.model_id, other)
            yield Match(*(pair if rating.value > 0 else pair[::-1]))


def tags_of(rating: Rating) -> list[str]:
    """Return the tags that a person gave to an answer."""
    found = rating.data.get("tags")
    return [str(one) for one in found] if isinstance(found, list) else []


def standings(ratings: Iterable[Rating], query: str = "") -> list[Standing]:
    """Return how models do, the best first; `ratings` come in the order in which they were said.

    With a query those ratings count that have a tag with these letters.
    """
    points: dict[str, float] = {}
    won, lost, tags = Counter[str](), Counter[str](), dict[str, Counter[str]]()
    wanted = query.casefold().strip()
    for rating in ratings:
        own = tags_of(rating)
        if wanted and not any(wanted in one.casefold() for one in own):
            continue
        tags.setdefault(rating.model_id, Counter()).update(own)
        for winner, loser in matches(rating):
            gain = gained(points.get(winner, FIRST), points.get(loser, FIRST))
            points[winner] = points.get(winner, FIRST) + gain
            points[loser] = points.get(loser, FIRST) - gain
            won[winner] += 1
            lost[loser] += 1
    found = [
        Standing(one, round(points[one]), won[one], lost[one], most_common(tags.get(one)))
        for one in points
    ]
    return sorted(found, key=lambda one: (-one.rating, one.model_id))


def gained(winner: float, loser: float) -> float:
    """Return what a winner gains and a loser loses."""
    return STEP * (1 - 1 / (1 + 10 ** ((loser - winner) / SPREAD)))


def most_common(tags: Counter[str] | None) -> Sequence[tuple[str, int]]:
    """Return the tags that were given most often."""
    return tags.most_common(MOST_TAGS) if tags else []
