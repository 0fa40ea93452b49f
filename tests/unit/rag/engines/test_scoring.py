"""The formulas of ranking."""

import itertools

import numpy as np
import pytest

from rag.engines.scoring import (
    inverse_document_frequency,
    length_norm,
    rank_counts,
    saturation,
    share_of,
    similarity,
    term_similarity,
)


def test_rare_terms_weigh_more_and_none_is_worthless() -> None:
    weights = [inverse_document_frequency(1000, frequency) for frequency in (1, 10, 500, 999, 1000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0
    assert weights[0] == pytest.approx(6.5033, abs=1e-4)


def test_a_term_counts_more_the_more_often_it_occurs_and_never_reaches_one() -> None:
    norm = length_norm(100.0, 100.0)
    strengths = [saturation(float(count), norm) for count in (0, 1, 2, 10, 255)]
    assert strengths[0] == 0
    assert strengths == sorted(strengths)
    assert strengths[-1] < 1
    assert saturation(1.0, norm) == pytest.approx(1 / 2.2)


def test_the_same_count_says_less_in_a_longer_chunk() -> None:
    short, average, long = (length_norm(float(length), 100.0) for length in (10, 100, 1000))
    assert saturation(1.0, short) > saturation(1.0, average) > saturation(1.0, long)
    assert average == pytest.approx(1.2)


def test_chunks_without_length_have_a_norm() -> None:
    assert length_norm(0.0, 0.0) == pytest.approx(0.3)


def test_the_term_similarity_rises_from_zero_to_one_and_has_an_inverse() -> None:
    shares = np.linspace(0, 1, 50)
    similarities = [term_similarity(float(share)) for share in shares]
    assert similarities[0] == 0
    assert similarities[-1] == pytest.approx(1)
    assert all(one < two for one, two in itertools.pairwise(similarities))
    assert [share_of(one) for one in similarities] == pytest.approx(shares.tolist())
    # A word that occurs once in a chunk of average length is worth what BM25 says: about 1.
    assert term_similarity(1 / 2.2) == pytest.approx(0.647, abs=1e-3)


def test_the_similarity_lies_between_its_sides() -> None:
    assert similarity(0.8, 0.4, 0.25) == pytest.approx(0.5)
    assert similarity(0.8, 0.4, 0.0) == pytest.approx(0.4)
    assert similarity(0.8, 0.4, 1.0) == pytest.approx(0.8)


def test_counts_are_ranked_by_rare_terms_first() -> None:
    rows = [{"a": 1}, {"a": 1, "b": 1}, {"a": 4}, {}, {"c": 9}]
    scores = rank_counts(rows, {"a", "b", "absent"})
    assert scores.keys() == {0, 1, 2}
    assert scores[1] > scores[2] > scores[0] > 0


def test_norms_are_as_narrow_as_lengths_whatever_number_the_mean_is() -> None:
    lengths = np.array([10, 100], np.float32)
    # As numpy's own count gives it, by which a quotient is twice as wide.
    mean = np.int64(110) / np.int64(2)
    assert length_norm(lengths, float(mean)).dtype == np.float32
    assert length_norm(lengths, mean).dtype == np.float32
