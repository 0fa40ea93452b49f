"""Words that say little."""

from rag.tokenizing.stopwords import stop_tokens
from rag.tokenizing.tokens import tokenize


def test_stop_words_are_tokens_as_texts_give_them() -> None:
    for text in (
        "the which aren't",
        "является",
        "welche für",
        "où était",
        "dónde",
        "são",
        "perché",
    ):
        assert set(tokenize(text)) <= stop_tokens(), text


def test_chinese_ones_are_words_or_bigrams() -> None:
    assert {"什么", "的", "是什"} <= stop_tokens()


def test_words_that_tell_something_are_none() -> None:
    for text in ("tide harbour k-1042 3.11", "маяк", "潮汐", "Lampe"):
        assert not set(tokenize(text)) & stop_tokens(), text
