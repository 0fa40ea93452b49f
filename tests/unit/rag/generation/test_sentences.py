"""Where sentences end, and what their words weigh."""

import pytest

from rag.generation.sentences import share, split_sentences, token_weights


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("Version 3.11 costs 2.50 today. Yes.", ["Version 3.11 costs 2.50 today. ", "Yes."]),
        ("Dr. Who met J. Smith. They left.", ["Dr. Who met J. Smith. ", "They left."]),
        (
            'He said "No." Then "Yes!" (Or not.) End',
            ['He said "No." ', 'Then "Yes!" ', "(Or not.) ", "End"],
        ),
        ("今天很好。明天呢？「是的。」好", ["今天很好。", "明天呢？", "「是的。」", "好"]),
        ("Heading\n\n  Text here.\nMore", ["Heading\n\n  ", "Text here.\n", "More"]),
        ("Mr.\nNew line", ["Mr.\n", "New line"]),
        ("A line that\n  goes on.\nÉtude\nétude", ["A line that\n  goes on.\n", "Étude\nétude"]),
        ("Wait... what? ok", ["Wait... ", "what? ", "ok"]),
        ("no end", ["no end"]),
        ("\n", ["\n"]),
        ("", []),
    ],
)
def test_sentences_end_where_readers_see_it(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences
    assert "".join(sentences) == text


def test_rare_tokens_weigh_more() -> None:
    texts = [frozenset({"the", "refund"}), frozenset({"the"}), frozenset({"the"})]
    weights = token_weights(texts)
    assert weights["refund"] > weights["the"] > 0


def test_a_share_is_of_weight_and_unknown_tokens_count_like_the_rarest() -> None:
    weights = {"a": 3.0, "b": 1.0}
    whole = frozenset({"a", "z"})
    assert share(frozenset({"a", "b"}), whole, weights) == 0.75
    assert share(frozenset({"a", "x"}), whole, weights) == 0.5
    assert share(frozenset(), whole, weights) == 0
    assert share(frozenset({"x"}), frozenset({"x"}), {}) == 1
