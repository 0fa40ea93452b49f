"""Relevance in [0, 1], as every rerank model tells it."""

import math


def logistic(score: float) -> float:
    """Return the probability that a logit stands for; none of them overflows."""
    power = math.exp(-abs(score))
    return 1 / (1 + power) if score >= 0 else power / (1 + power)
