"""Numbers, codes and words that are written in different ways and mean the same."""

import json

import pytest

from rag.engines.indexing import ANALYSIS
from rag.tokenizing.canonical import plain_numbers, spread_forms
from rag.tokenizing.highlighting import highlight
from rag.tokenizing.languages import MARK
from rag.tokenizing.query import query_terms
from rag.tokenizing.tokens import FORM_WEIGHT, index_tokens, tokenize


def finds(question: str, text: str) -> bool:
    """Return whether a text holds a token of a question that says more than a part of it does."""
    asked = {token for token, weight in query_terms(question) if weight >= FORM_WEIGHT}
    return not asked.isdisjoint(tokenize(text))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1250", ("1250",)),
        ("1,250.00", ("1250",)),
        ("1.250,00", ("1250",)),
        ("1 250", ("1250",)),
        ("1'250.50", ("1250.5",)),
        ("1,250", ("1250", "1.25")),
        ("1.250.000", ("1250000",)),
        ("1 250 000,75", ("1250000.75",)),
        ("12,5", ("12.5",)),
        ("12.50", ("12.5",)),
        ("0.50", ("0.5",)),
        ("1,2,3", ()),
        ("2.3.1", ()),
    ],
)
def test_what_a_number_means(written: str, meant: tuple[str, ...]) -> None:
    assert plain_numbers(written) == meant


SAME = [
    ("1250", "a total of 1,250.00 EUR"),
    ("1250", "ein Betrag von 1.250,00"),
    ("1250", "un montant de 1 250 euros"),
    ("1250", "un montant de 1\u202f250 euros"),
    ("1250", "CHF 1'250.–"),
    ("1250000", "1 250 000"),
    ("1,250,000", "1.250.000"),
    ("12.5", "12,50"),
    ("12,34,567", "Rs 1234567"),
    ("1250", "المبلغ ١٬٢٥٠٫٠٠ دينار"),  # noqa: RUF001 - digits of Arabic are what this is about
    ("2560", "ปี๒๕๖๐"),
    ("2025-03-14", "am 14.3.2025"),
    ("14.03.2025", "on 2025-03-14"),
    ("3/14/2025", "am 14.03.2025"),
    ("2025年3月14日", "2025-03-14"),
    ("5 kg", "weighs 5kg"),
    ("5kg", "weighs 5 kg"),
    ("12 km/h", "at 12km/h"),
    ("12km/h", "at 12 km/h"),
    ("120 EUR", "for €120"),
    ("120 EUR", "for 120 €"),
    ("$15", "15 USD"),
    ("19%", "19 %"),
    ("20°C", "20 °C"),
    ("ppr9087", "Valve PPR-9087 fits"),
    ("PPR-9087", "Valve PPR9087 fits"),
    ("2.3.1", "Release v2.3.1"),
    ("v2.3.1", "Release 2.3.1"),
    ("DE00123456789012345678", "IBAN DE00 1234 5678 9012 3456 78 belongs"),
    ("DE00 1234 5678 9012 3456 78", "IBAN DE00123456789012345678"),
    ("+49305550101", "has +49 (30) 555-0101."),
    ("+49 30 5550101", "has +49 (30) 555-0101."),
    ("030 5550101", "has +49 (30) 555-0101."),
    ("004930 5550101", "has +49 (0)30 5550101"),
    ("4111111111111111", "card 4111 1111 1111 1111"),
    ("9783161484100", "ISBN 978-3-16-148410-0"),
    ("20250314", "on 2025-03-14"),
    ("USA", "in the U.S.A."),
    ("U.S.A.", "in the USA"),
    ("email", "by e-mail"),
    ("e-mail", "by email"),
    ("e-mails", "by e\u2011mail"),
    ("co-operate", "they cooperate"),
    ("Mueller", "Herr Müller"),
    ("Müller", "Herr Mueller"),
    ("Koebenhavn", "i København"),
    ("Lodz", "w mieście Łódź"),
    ("department", "depart\u00adment"),
]


@pytest.mark.parametrize(("question", "text"), SAME)
def test_one_form_finds_the_other_and_is_marked(question: str, text: str) -> None:
    assert finds(question, text)
    tokens = {token for token, weight in query_terms(question) if weight >= FORM_WEIGHT}
    assert "<em>" in highlight(text, tokens)


def test_letters_and_number_of_a_code_are_its_parts() -> None:
    assert {"ppr9087", "ppr", "9087"} <= set(tokenize("PPR9087"))
    assert {t: w for t, w in query_terms("PPR9087") if MARK not in t} == {
        "ppr9087": 1.0,
        "ppr": 0.4,
        "9087": 0.4,
    }
    assert tokenize("H2O A4") == ["h2o", "a4"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("1250", "1,251.00"),
        ("12", "1/2 litre"),
        ("5kg", "5 km"),
        ("ppr9087", "PPR-9088"),
        ("2.3.1", "v2.3.10"),
        ("us", "U.S. law"),
    ],
)
def test_other_things_stay_apart(question: str, text: str) -> None:
    assert not finds(question, text)


def test_marks_are_where_the_other_form_stands() -> None:
    assert highlight("weighs 5 kg now", {"5kg"}) == "weighs <em>5 kg</em> now"
    assert highlight("call +49 (30) 555-0101.", {"49305550101"}) == (
        "call <em>+49 (30) 555-0101</em>."
    )
    assert highlight("ＡＢ １ ２５０", {"1250"}) == "ＡＢ <em>１ ２５０</em>"  # noqa: RUF001
    assert highlight("\ufdfa costs 1 250", {"1250"}) == "\ufdfa costs <em>1 250</em>"


def test_a_text_without_digits_has_nothing_spread() -> None:
    assert spread_forms("kg and eur") == []


def test_numbers_of_a_table_are_not_one_number() -> None:
    row = " ".join(str(number) for number in range(10, 60))
    assert all(len(token) <= 24 for token in tokenize(row))


def test_tokens_are_those_of_this_analysis() -> None:
    """Who changes tokens raises `ANALYSIS`, so that what was indexed before is indexed again."""
    texts = "E-mails to Müller: 1,250.00 EUR, 5 kg, PPR-9087, +49 (30) 555-0101; 今天的潮汐表 маяки"
    assert (ANALYSIS, tokenize(texts)) == (4, json.loads(TOKENS))
    assert tokenize("14.3.2025 ปี") == ["14.3.2025", "14", "3", "2025", "2025-03-14", "1432025", "ปี"]
    assert index_tokens("Schulbuch", "german") == [
        "schulbuch",
        *(f"german~{stem}" for stem in ("schulbuch", "schul", "buch")),
    ]


TOKENS = """
["email", "e", "mail", "to", "muller", "mueller", "1,250.00", "1", "250", "00", "1250", "eur",
"5", "kg", "ppr-9087", "ppr", "9087", "ppr9087", "49", "30", "555-0101", "555", "0101",
"5550101", "今天", "的", "潮汐", "表", "天的", "的潮", "汐表", "маяк", "1250eur", "5kg",
"49305550101",
"0305550101"]
"""
