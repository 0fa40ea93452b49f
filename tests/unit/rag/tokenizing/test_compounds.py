"""Compounds of Germanic languages, and what they are made of."""

import pytest

from rag.retrieval.retriever import highlight_question
from rag.tokenizing.compounds import LANGUAGES, compound_parts
from rag.tokenizing.query import query_terms
from rag.tokenizing.tokens import index_tokens

COMPOUNDS = {
    "german": "kühl+wasser+pumpe arbeits+vertrag schul+buch bahn+hof straßen+bahn "
    "verfassungs+gericht gravitations+kraft",
    "dutch": "verzekerings+maatschappij arbeids+overeenkomst school+boek koel+water+pomp",
    "swedish": "arbets+marknad sjuk+försäkring skol+bok vatten+ledning järnvägs+station",
    "danish": "arbejds+marked syge+forsikring skole+bog leje+kontrakt jernbane+station",
    "norwegian": "arbeids+marked syke+forsikring skole+bok leie+kontrakt vann+ledning",
}
SIMPLE = {
    "german": "wissenschaft geschwindigkeit versuchen unterhaltung pumpe kühlwasserpumpenx häuser",
    "dutch": "verzekering wetenschap onderzoeken",
    "swedish": "försäkring vetenskap undersöka",
    "danish": "forsikring videnskab undersøge",
    "norwegian": "forsikring vitenskap undersøke",
}


def cut(language: str, word: str) -> str:
    return "+".join(word[start:end] for start, end in compound_parts(language, word))


@pytest.mark.parametrize("language", LANGUAGES)
def test_compounds_are_cut_and_other_words_are_not(language: str) -> None:
    compounds = COMPOUNDS[language].split()
    assert [cut(language, word.replace("+", "")) for word in compounds] == compounds
    assert [cut(language, word) for word in SIMPLE[language].split() if cut(language, word)] == []


def test_other_languages_and_endless_words_are_not_cut() -> None:
    assert compound_parts("english", "schoolbook") == ()
    assert compound_parts("german", "wasser" * 20) == ()


TEXT = "Die Kühlwasserpumpe der Anlage ist nicht für den Betrieb mit heißen Dämpfen gebaut."


@pytest.mark.parametrize(
    ("question", "marked"),
    [
        ("Pumpe", "Kühlwasser<em>pumpe</em>"),
        ("Wasserpumpen", "Kühl<em>wasserpumpe</em>"),
        ("Kühlwasserpumpen", "<em>Kühlwasserpumpe</em>"),
    ],
)
def test_a_part_finds_the_compound_and_is_marked(question: str, marked: str) -> None:
    asked = {token for token, _ in query_terms(question)}
    assert asked & set(index_tokens(TEXT))
    assert marked in highlight_question(TEXT, question)


def test_a_compound_finds_its_parts_and_they_weigh_less_than_itself() -> None:
    terms = dict(query_terms("der Arbeitsvertrag"))
    assert terms["arbeitsvertrag"] > terms["german~arbeitsvertrag"] > terms["german~vertrag"] > 0
    assert "<em>Vertrag</em>" in highlight_question("ein Vertrag", "Arbeitsvertrag")
