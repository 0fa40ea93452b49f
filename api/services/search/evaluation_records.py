"""Runs of questions that are measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.retrieval.measures import Measured, Wanted


@dataclass(frozen=True, slots=True)
class Side:
    """Settings of retrieval that are measured; what is None goes by the server's."""

    threshold: float | None = None
    vector_weight: float | None = None
    top_k: int | None = None
    reranker: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what it should find."""

    question: str
    wanted: Sequence[Wanted]


class EvaluatedRecord(NamedTuple):
    """What a question of a run found, by each side."""

    question: str
    figures: Sequence[Measured]


class EvaluationRecord(NamedTuple):
    """A run: its sides, and what was measured so far: sums of recall and nDCG of each side.

    `asked` counts its questions; `create_time` is in ms.
    """

    id: str
    name: str
    k: int
    create_time: int
    asked: int
    sides: Sequence[Side]
    totals: Sequence[tuple[float, float]]

    def mean(self, side: int) -> tuple[float, float]:
        """Return recall and nDCG of a side, over all questions; 0 without any."""
        recall, ndcg = self.totals[side]
        count = self.asked or 1
        return recall / count, ndcg / count

    def total_with(self, found: Sequence[EvaluatedRecord]) -> list[tuple[float, float]]:
        """Return the sums with those of further questions."""
        return [
            (
                recall + sum(one.figures[side].recall for one in found),
                ndcg + sum(one.figures[side].ndcg for one in found),
            )
            for side, (recall, ndcg) in enumerate(self.totals)
        ]


@dataclass(frozen=True, slots=True)
class WholeEvaluation:
    """A run with its questions, in their order."""

    run: EvaluationRecord
    questions: Sequence[EvaluatedRecord]
