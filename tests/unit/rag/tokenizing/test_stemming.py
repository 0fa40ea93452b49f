"""Light stemming, one algorithm a script."""

import pytest

from rag.tokenizing.stemming import stem


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tides", "tide"),
        ("running", "run"),
        ("café", "cafe"),
        ("маяками", "маяк"),
        ("ёлки", "елк"),
        ("θάλασσας", "θαλασσ"),
        ("տներ", "տներ"),
        ("कताबों", "कताब"),
        ("தமிழர்கள்", "தமிழர்"),
        ("שלום", "שלום"),
        ("e1042s", "e1042s"),
        ("3", "3"),
        ("", ""),
    ],
)
def test_stems(word: str, expected: str) -> None:
    assert stem(word) == expected
