"""What of a chunk is indexed."""

import numpy as np
import pytest

from rag.engines.indexing import check_dimensions, cosines, count_terms, unit_rows
from rag.engines.segmented.segments import pack_terms, quantize, quantize_query, unpack_terms
from rag.errors import DimensionMismatchError
from rag.types import Chunk


def test_name_content_questions_and_keywords_are_counted() -> None:
    chunk = Chunk("c", "d", "e", "tide tide", important_keywords=("tide", "moon"), questions=("q",))
    assert count_terms("name q", chunk, str.split) == {"tide": 5, "moon": 3, "q": 2, "name": 1}


def test_counts_have_a_limit() -> None:
    chunk = Chunk("c", "d", "e", "tide " * 300, important_keywords=("tide",))
    assert count_terms("", chunk, str.split) == {"tide": 255}


def test_rows_get_unit_length_and_those_without_one_become_zeros() -> None:
    rows = np.array([[3, 4], [0, 0], [np.nan, 1], [np.inf, 0], [3e38, 3e38]], np.float32)
    expected = [[0.6, 0.8], [0, 0], [0, 0], [0, 0], [0, 0]]
    np.testing.assert_allclose(unit_rows(rows), expected, atol=1e-6)
    assert unit_rows(rows).dtype == np.float32


def test_a_cosine_does_not_depend_on_the_rows_beside_it() -> None:
    random = np.random.default_rng(0)
    row, query = random.standard_normal((2, 256)).astype(np.float32)
    others = random.standard_normal((99, 256)).astype(np.float32)
    found = set()
    for many in range(100):
        rows = np.concatenate([others[:many], row[np.newaxis], others[many:]])
        found |= {*cosines(rows, query)[many : many + 1], *cosines(rows[: many + 1], query)[-1:]}
    assert len(found) == 1


def test_nothing_expects_no_dimensions() -> None:
    check_dimensions(0, 5)
    check_dimensions(5, 5)
    with pytest.raises(DimensionMismatchError, match="5 dimensions, but the dataset holds 3"):
        check_dimensions(3, 5)


def test_terms_keep_their_counts() -> None:
    keys, counts = unpack_terms(pack_terms({"tide": 1, "moon": 255, "\ud800": 7}))
    assert counts.tolist() == [1, 255, 7]
    assert len(set(keys.tolist())) == 3


@pytest.mark.parametrize("kind", ["normal", "counted", "sparse"])
def test_rounded_vectors_are_as_good_as_they_say(kind: str) -> None:
    random = np.random.default_rng(2)
    rows = {
        "normal": random.standard_normal((200, 64)),
        "counted": random.integers(1, 3, (200, 64)),
        "sparse": random.integers(0, 40, (200, 64)) == 0,
    }[kind].astype(np.float32)
    made = quantize(rows)
    coarse, fine = made.errors
    wide = made.rows.astype(np.float64) + made.residuals / 254
    for row in rows[:50]:
        query = quantize_query(row)
        true = unit_rows(rows) @ unit_rows(row[np.newaxis])[0]
        products = (made.rows.astype(int) @ query.vector[0].astype(int)) * made.scales * query.scale
        allowed = coarse + (1 + coarse) * query.errors[0] + 1e-6
        assert (np.abs(products - true) <= allowed).all()
        closer = (wide @ (query.vector[0] + query.residual[0] / 254)) * made.scales * query.scale
        allowed = fine + (1 + fine) * query.errors[1] + 1e-6
        assert (np.abs(closer - true) <= allowed).all()
        assert (allowed < 1e-3).all()
