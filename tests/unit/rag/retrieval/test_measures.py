"""Recall and nDCG of rankings."""

from math import log2

import pytest

from rag.engines.base import Hit
from rag.retrieval.measures import Measured, Wanted, measured
from rag.types import Chunk, Position


def hit(number: int, content: str = "", file: str = "a.pdf", page: int = 1) -> Hit:
    chunk = Chunk(
        f"{number:016x}", "d", "s", content, number, positions=(Position(page, 0, 1, 0, 1),)
    )
    return Hit(chunk, file, 0.5, 0.5, 0.5, document_path=f"folder/{file}")


HITS = [hit(1, "The  Lamp\nburns."), hit(2, page=3), hit(3, file="b.pdf"), hit(4, file="b.pdf")]


@pytest.mark.parametrize(
    ("wanted", "rank"),
    [
        (Wanted(chunk_id=f"{3:016x}"), 3),
        (Wanted(file="a.pdf", page=3), 2),
        (Wanted(file="folder/b.pdf"), 3),
        (Wanted(text="lamp BURNS"), 1),
        (Wanted(text="lamp", file="b.pdf"), 0),
        (Wanted(file="a.pdf", page=2), 0),
    ],
)
def test_a_wanted_thing_is_found_at_the_rank_of_the_first_hit(wanted: Wanted, rank: int) -> None:
    found = measured(HITS, [wanted])

    gain = 1 / log2(rank + 1) if rank else 0.0
    assert found == Measured(float(rank > 0), pytest.approx(gain), rank)


def test_several_wanted_things_are_measured_together() -> None:
    wanted = [Wanted(chunk_id=f"{number:016x}") for number in (2, 4, 9)]

    found = measured(HITS, wanted)

    best = 1 + 1 / log2(3) + 1 / log2(4)
    assert found.recall == pytest.approx(2 / 3)
    assert found.ndcg == pytest.approx((1 / log2(3) + 1 / log2(5)) / best)
    assert found.rank == 2


def test_nothing_is_found_in_nothing() -> None:
    assert measured([], [Wanted(file="a.pdf")]) == Measured(0.0, 0.0, 0)
