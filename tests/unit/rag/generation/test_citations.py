"""Citation markers: every form, every cut."""

from collections.abc import Callable
from itertools import combinations

import pytest

from rag.engines.base import Hit
from rag.generation.citations import CitationFilter, cite, normalize

CASES = [
    ("Plain text.", "Plain text.", ()),
    ("A fact [ID:1].", "A fact [ID:1].", (1,)),
    ("A [ID: 1] b [id:0] c", "A [ID:1] b [ID:0] c", (1, 0)),
    ("Both[ID:1][ID:2]", "Both[ID:1][ID:2]", (1, 2)),
    ("List [ID:0, 2]", "List [ID:0][ID:2]", (0, 2)),
    ("List [ID:0,ID:2 ; 1 ]", "List [ID:0][ID:2][ID:1]", (0, 2, 1)),
    ("中文【ID：1】和【x】", "中文[ID:1]和【x】", (1,)),
    ("Old ##1$$ and##0$$.", "Old [ID:1] and[ID:0].", (1, 0)),
    ("Wrong [ID:9].", "Wrong.", ()),
    ("Half [ID:9, 1].", "Half [ID:1].", (1,)),
    ("Wrong ##77$$ old", "Wrong old", ()),
    ("Two  [ID:3] gaps", "Two  gaps", ()),
    ("array[0] and [link](x) [ID] [ID:] [ID:x]", "array[0] and [link](x) [ID] [ID:] [ID:x]", ()),
    ("# Title\n## 2$ and ###1$$ ", "# Title\n## 2$ and #[ID:1] ", (1,)),
    ("[ID:1 [ID:2] [[ID:0]]", "[ID:1 [ID:2] [[ID:0]]", (2, 0)),
    ("Again [ID:1] and [ID:1]", "Again [ID:1] and [ID:1]", (1,)),
    ("Open [ID:1", "Open [ID:1", ()),
    ("Ends with a space and bracket [", "Ends with a space and bracket [", ()),
    ("[ID:12345] [ID:-1]", "[ID:12345] [ID:-1]", ()),
]


def filtered(pieces: list[str], count: int = 3) -> tuple[str, tuple[int, ...]]:
    citations = CitationFilter(count)
    text = "".join(citations.feed(piece) for piece in pieces) + citations.finish()
    return text, citations.used


@pytest.mark.parametrize(("answer", "text", "used"), CASES)
def test_markers_get_one_form(answer: str, text: str, used: tuple[int, ...]) -> None:
    assert normalize(answer, 3) == (text, used)


@pytest.mark.parametrize(("answer", "text", "used"), CASES)
def test_no_cut_makes_a_difference(answer: str, text: str, used: tuple[int, ...]) -> None:
    assert filtered(list(answer)) == (text, used)
    for first, second in combinations(range(len(answer) + 1), 2):
        pieces = [answer[:first], answer[first:second], answer[second:]]
        assert filtered(pieces) == (text, used)


@pytest.mark.parametrize("tail", ["[ID:" + "1, " * 200, "[ID:" + " " * 500, "##" + "1" * 300])
def test_what_cannot_become_a_marker_any_more_is_let_go(tail: str) -> None:
    citations = CitationFilter(3)
    assert citations.feed(tail) == tail.removesuffix(" ")
    assert normalize(tail + "]", 3) == filtered([*tail, "]"])


def test_the_longest_marker_is_held_until_it_is_decided() -> None:
    marker = " [ ID : " + " , ID : ".join(["0001"] * 16) + " ]"
    assert filtered(list(marker)) == normalize(marker, 3) == (" " + "[ID:1]" * 16, (1,))
    assert normalize(" [ID:" + "1," * 16 + "1]", 3)[1] == ()


def test_only_an_undecided_end_is_held_back() -> None:
    citations = CitationFilter(3)
    fed = [citations.feed(piece) for piece in ["Hello", " world", ".", " [", "I", "D:1", "] so"]]
    assert fed == ["Hello", " world", ".", "", "", "", " [ID:1] so"]
    assert citations.feed(" [link") == " [link"


def test_without_passages_every_marker_goes() -> None:
    assert normalize("A [ID:0] b ##0$$.", 0) == ("A b.", ())


@pytest.fixture
def hits(make_hit: Callable[..., Hit]) -> list[Hit]:
    return [
        make_hit("Refunds are paid within thirty days of the return."),
        make_hit("The office in Berlin opens at nine on Mondays."),
    ]


def test_sentences_that_a_passage_supports_are_cited(
    hits: list[Hit], tokenize: Callable[[str], list[str]]
) -> None:
    answer = (
        "Refunds are paid within thirty days.\nThe Berlin office opens at nine. I like it a lot."
    )
    assert cite(answer, hits, tokenize) == (
        "Refunds are paid within thirty days. [ID:0]\n"
        "The Berlin office opens at nine. [ID:1] I like it a lot."
    )


@pytest.mark.parametrize(
    "answer",
    [
        "Refunds are paid within thirty days [ID:1].",
        "Refunds are paid within thirty days. [ID:1]",
        "Thirty days.",
        "```\nRefunds are paid within thirty days.\n```",
        "Bananas grow in warm and humid climates.",
        "",
    ],
)
def test_the_rest_is_left_alone(
    answer: str, hits: list[Hit], tokenize: Callable[[str], list[str]]
) -> None:
    assert cite(answer, hits, tokenize) == answer


def test_without_passages_nothing_is_cited(tokenize: Callable[[str], list[str]]) -> None:
    assert cite("Refunds are paid within days.", [], tokenize) == "Refunds are paid within days."
