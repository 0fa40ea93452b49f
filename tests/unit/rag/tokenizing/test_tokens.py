"""What tokens are made of."""

import re
import unicodedata

import pytest

from rag.tokenizing.scripts import PLAIN_WORD, RUN, UNUSUAL
from rag.tokenizing.tokens import normalize, tokenize, weighted_tokens


def weights(text: str) -> dict[str, float]:
    return dict(weighted_tokens(text))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The Tides rose.", ["the", "tide", "rose"]),
        ("ＦＵＬＬ　Ｗｉｄｔｈ ①", ["full", "width", "1"]),  # noqa: RUF001
        ("ﬁne ﬂood", ["fine", "flood"]),
        ("Straße STRASSE", ["strass", "strass"]),
        ("ǅ Ⅷ ㎏", ["dz", "viii", "kg"]),
        ("İstanbul", ["istanbul"]),
        # Compounds stay whole, and in parts.
        ("E-1042", ["e-1042", "e", "1042", "e1042"]),
        ("3.11", ["3.11", "3", "11"]),
        ("snake_case", ["snake_case", "snake", "case"]),
        ("a__b", ["a__b", "a", "b"]),
        ("me@example.org", ["me@example.org", "me", "exampl", "org"]),
        ("and/or", ["andor", "and", "or"]),
        ("12:30", ["12:30", "12", "30"]),
        ("R&D", ["r&d", "r", "d"]),
        ("192.168.0.1", ["192.168.0.1", "192", "168", "0", "1", "19216801"]),
        ("2024-05-17", ["2024-05-17", "2024", "05", "17", "20240517"]),
        ("C++ and C#", ["c++", "c", "and", "c#", "c"]),
        # Thousands are one number; other commas part words.
        ("1,000,000", ["1000000"]),
        ("1,00 red,green", ["1,00", "1", "00", "red", "green"]),
        # What apostrophes join is in parts alone.
        ("l'eau", ["l", "eau"]),
        ("the keeper's lamp, the keepers’ lamps", ["the", "keeper", "lamp"] * 2),
        ("don't", ["don", "t"]),
        # Signs and joints outside of words are not looked for.
        ("-- (tide) ... !? $ % _", ["tide"]),
        ("- a. -b-", ["a", "b"]),
        ("", []),
        (" \t\n", []),
        ("\0\x01", []),
        # An accent on nothing is nothing.
        ("\u0301 a-\u0301 \u0301\u0301's", ["a-\u0301", "a"]),
        ("tide\0moon", ["tide", "moon"]),
        # Symbols are tokens.
        ("\U0001f30a☀→", ["\U0001f30a", "☀", "→"]),
    ],
)
def test_tokens_of_words(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("running", "runs"),
        ("Harbours", "harbour"),
        ("libraries", "library"),
        ("маяки", "маяка"),
        ("ёлка", "елка"),
        ("θάλασσα", "θάλασσας"),
        ("किताबें", "किताब"),
        ("كتاب", "الكتاب"),
        ("café", "cafe"),
        ("naïve", "naive"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert tokenize(one) == tokenize(other)


def test_words_with_digits_and_compounds_are_not_stemmed() -> None:
    assert tokenize("model3s") == ["model3s"]
    assert tokenize("tides-runs") == ["tidesrun", "tide", "run"]


@pytest.mark.parametrize("word", ["שלום", "გამარჯობა", "ሰላም"])
def test_a_script_without_a_stemmer_keeps_its_words(word: str) -> None:
    assert tokenize(f"{word}, {word}") == [word, word]


def test_runs_of_han_give_words_and_bigrams() -> None:
    found = weights("今天的潮汐表")
    assert found["今天"] == found["潮汐"] == 1.0
    assert found["汐表"] == found["天的"] == 0.5
    assert set(tokenize("潮汐")) <= set(tokenize("今天的潮汐表在港口公布"))


def test_a_long_word_of_han_is_found_by_its_shorter_ones() -> None:
    assert {"中华", "人民", "共和国"} <= set(tokenize("中华人民共和国"))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("ひらがな", ["ひら", "らが", "がな"]),
        ("カタカナ", ["カタ", "タカ", "カナ"]),
        ("ｶﾀｶﾅ", ["カタ", "タカ", "カナ"]),
        ("한국어", ["한국", "국어"]),
        ("ปี", ["ปี"]),
        ("ไทย", ["ไทย", "ไท", "ย"]),
        ("あ", ["あ"]),
        ("灯", ["灯"]),
    ],
)
def test_other_scripts_without_spaces_give_pairs(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ระบบฐานข้อมูลที่แล้ว", "ข้อมูล"),
        ("ប្រព័ន្ធគ្រប់គ្រងទិន្នន័យ", "ទិន្នន័យ"),
        ("ລະບົບຖານຂໍ້ມູນ", "ຂໍ້ມູນ"),
        ("ဒေတာဘေ့စ်စနစ်", "စနစ်"),
        ("ปี2026ที่แล้วExcelใหม่", "ที่"),
    ],
)
def test_words_of_letters_with_signs_are_found_where_no_blank_parts_them(
    text: str, word: str
) -> None:
    assert set(tokenize(word)) <= set(tokenize(text))
    assert max(weights(word).values()) == 1.0


def test_scripts_may_follow_each_other_without_spaces() -> None:
    assert tokenize("Python3の潮汐v2") == ["python3", "の", "潮汐", "v2"]


def test_parts_weigh_less_than_the_whole() -> None:
    assert weights("E-1042") == {"e-1042": 1.0, "e": 0.4, "1042": 0.4, "e1042": 0.8}
    assert weights("l'eau") == {"l": 1.0, "eau": 1.0}
    assert weights("tide") == {"tide": 1.0}


def test_no_token_is_endless() -> None:
    assert tokenize("x" * 1000) == ["x" * 64]
    parts = tokenize("-".join(["abc"] * 100))
    assert set(parts) == {"abc"}
    assert weights("-".join(["abc"] * 100)) == {"abc": 1.0}


HARD = [
    "E-1042 3.11 1,000 don't c++ C# a_b me@example.org x" + "y" * 100,
    "今天的潮汐表 ひらがな 한국어 ไทย マイクロﾌﾟﾛｾｯｻ",
    "Straße ﬁ ǅ İ ß ẞ Ω Å é e\u0301 \u0301 \u200d \ufeff \ud800 \0",
    "किताबें كِتَاب தமிழ் שָׁלוֹם Ելք",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 🇩🇪 ☀️ ①②③ ½ ² ∑",
    "--__''’’@@//..::&&,,++##",
]


@pytest.mark.parametrize("text", HARD)
def test_the_two_ways_to_tokens_agree(text: str) -> None:
    assert tokenize(text) == [token for token, _ in weighted_tokens(text)]
    assert all(0 < weight <= 1 for _, weight in weighted_tokens(text))


@pytest.mark.parametrize("text", HARD)
def test_tokens_can_be_joined_by_spaces(text: str) -> None:
    for token in tokenize(text):
        assert token
        assert not re.search(r"\s", token)
        assert not any(unicodedata.category(char) == "Cc" for char in token)


@pytest.mark.parametrize("text", HARD)
def test_case_and_form_make_no_difference(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    if "ﬁ" not in text:
        assert tokenize(text.upper()) == tokenize(text)
    assert tokenize(unicodedata.normalize("NFD", text)) == tokenize(text)


@pytest.mark.parametrize(
    "text",
    [
        "Größe und Maß der Boje-7_b: 1.250,00 € (C++, l’eau, x²)",
        "Скорость по-прежнему 1,000 км/ч — маяк№ 4",
        "ταχύτητα του φάρου, ½ ναυτικό μίλι",
        "مدينة المنارة ١٢٣",
    ],
)
def test_words_alone_are_found_as_among_other_runs(text: str) -> None:
    normal = normalize(text)
    assert not normal.isascii()
    assert not UNUSUAL.search(normal)
    assert PLAIN_WORD.findall(normal) == [run.group() for run in RUN.finditer(normal)]
