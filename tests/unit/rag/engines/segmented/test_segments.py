"""Pieces of an index: how close their scores are, and that joined ones are as if built as one."""

from dataclasses import fields

import numpy as np
import pytest

from rag.engines.indexing import cosines
from rag.engines.segmented.cache import spans
from rag.engines.segmented.segments import (
    Row,
    Segment,
    build_segment,
    merge_segments,
    pack_terms,
    quantize_query,
)
from rag.types import Matrix


def make_rows(vectors: Matrix) -> list[Row]:
    words = np.random.default_rng(5).integers(0, 60, (len(vectors), 4)).tolist()
    return [
        Row(
            number=3 * index,
            document=index // 10,
            length=8,
            digest=index,
            terms=pack_terms({f"w{word}": 2 for word in sorted(set(words[index]))}),
            vector=vector.astype(np.float32).tobytes(),
        )
        for index, vector in enumerate(vectors)
    ]


def make_vectors(kind: str, many: int = 300) -> Matrix:
    random = np.random.default_rng(2)
    return {
        "normal": random.standard_normal((many, 64)),
        "counted": random.integers(0, 3, (many, 64)) + np.eye(many, 64),
        "alike": 1 + random.normal(0, 0.003, (many, 64)),
        "zero": np.zeros((many, 64)),
    }[kind].astype(np.float32)


@pytest.mark.parametrize("kind", ["normal", "counted", "alike", "zero"])
def test_a_scan_with_what_it_lacks_is_as_close_as_it_says(kind: str) -> None:
    vectors = make_vectors(kind)
    segment = build_segment(make_rows(vectors), 64)
    for question in (*vectors[:20], *make_vectors("normal")[:20]):
        query = quantize_query(question)
        tolerance = query.fine_tolerance([segment]) + 5e-7
        assert tolerance < query.tolerance([segment]) / 20 + 1e-6
        for chosen in (np.arange(0, 300, 100), np.arange(0, 300, 2)):
            found = np.clip(segment.scan(query)[chosen] + segment.rest(query, chosen), 0, 1)
            assert np.abs(found - cosines(vectors[chosen], question)).max() <= tolerance


def test_joined_pieces_are_as_if_built_as_one() -> None:
    vectors = make_vectors("normal")
    rows = make_rows(vectors)
    # Of some rows nothing is left, and of one piece neither.
    rows = rows[:90] + rows[130:]
    pieces = [build_segment(rows[first:last], 64) for first, last in ((0, 90), (90, 200))]
    pieces += [build_segment([], 64), build_segment(rows[200:], 64)]

    joined, whole = merge_segments(pieces), build_segment(rows, 64)

    for name in (field.name for field in fields(Segment)):
        made, expected = getattr(joined, name), getattr(whole, name)
        assert made.dtype == expected.dtype, name
        np.testing.assert_array_equal(made, expected, err_msg=name)


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 4095, 4096, 70_000, 65_536 * 3 + 4096 + 1])
def test_ranges_cover_all_rows_once(rows: int) -> None:
    cut = list(spans(rows))
    assert [first for first, _ in cut] == [0, *(last for _, last in cut)][:-1] if cut else not rows
    assert not cut or cut[-1][1] == rows
    assert len(cut) <= rows // 65_536 + 16 + 16 + 1
