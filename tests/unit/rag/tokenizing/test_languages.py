"""Word forms of languages other than English."""

# ruff: noqa: RUF001 - Russian words

import pytest
import Stemmer

from rag.tokenizing.highlighting import highlight
from rag.tokenizing.inflections import stem_in
from rag.tokenizing.languages import INFLECTED, MARK, language_of, languages_of_question
from rag.tokenizing.query import query_terms
from rag.tokenizing.tokens import index_tokens, normalize, tokenize

TEXTS = {
    "german": "Die Häuser stehen auf dem Berg, und der Weg zu ihnen ist mit Steinen belegt.",
    "dutch": "De huizen staan op de berg en het pad is niet met stenen bedekt.",
    "french": "Les chevaux sont dans le pré, et la barrière est fermée pour la nuit.",
    "spanish": "Las canciones que se cantan en el pueblo son de los abuelos.",
    "portuguese": "As canções que se cantam na vila são dos avós, não do rádio.",
    "italian": "Le case sono sulla collina, e il sentiero che porta alla cima è di pietra.",
    "swedish": "Husen står på berget och vägen till dem är inte av sten.",
    "danish": "Husene står på bjerget, og vejen til dem er ikke af sten, blev det sagt.",
    "norwegian": "Husene står på fjellet, og veien til dem er ikke av stein, ble det sagt.",
    "finnish": "Talot ovat vuorella ja polku ei ole kivinen, mutta se on hyvä.",
    "hungarian": "A házak a hegyen vannak, és az út nem köves, de meg kell javítani.",
    "turkish": "Evler dağda ve yol taş değil, bu da çok iyi bir şey için gibi.",
    "polish": "Domy stoją na wzgórzu i droga do nich nie jest z kamienia.",
    "czech": "Domy stojí na kopci a cesta k nim se opravuje, že by to bylo pro auta.",
    "serbian": "Куће су на брду, и пут који води до њих није од камена као што је било.",
    "esperanto": "La domoj estas sur la monto, kaj la vojo al ili ne estas el ŝtono.",
    "vietnamese": "Những ngôi nhà ở trên núi và con đường đến đó không được làm bằng đá.",
    "persian": "خانه‌ها بر روی کوه است و راه آن از سنگ نیست، این را به او گفت.",
    "nepali": "घरहरू पहाडमा छन् र त्यहाँ जाने बाटो ढुङ्गाको हो भने पनि राम्रो छ।",
    "yiddish": "די הייזער שטייען אויף דעם באַרג און דער וועג איז נישט פון שטיין.",
}

NAMES_IN_GREEK = (
    "Η εταιρεία Compañía de la Luz, της οποίας η έδρα είναι στη Plaza de Madrid, ανακοίνωσε ότι "
    "θα επενδύσει σε νέα έργα στη χώρα μας μέσα στα επόμενα τρία χρόνια, όπως δήλωσε ο πρόεδρος "
    "της εταιρείας μιλώντας στους δημοσιογράφους που τον περίμεναν έξω από το κτίριο, στο κέντρο "
    "της πόλης, μαζί με πολλούς εργαζόμενους."
)


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_shows_its_language_by_its_small_words(language: str) -> None:
    assert language_of(normalize(TEXTS[language])) == language


@pytest.mark.parametrize(
    "text",
    [
        "The houses stand on the hill, and the path to them is of stone.",
        "Haus",
        "",
        "Häuser, Berge, Steine",
        "маяки стоят на берегу",
        "今天的潮汐表",
        "In den USA the of and to",
        "Дома стоят на горе, и дорога к ним не из камня, но это не беда для него.",
        "البيوت على الجبل والطريق إلى هذه البيوت من الحجر في كل مكان",
        NAMES_IN_GREEK,
    ],
)
def test_english_and_what_says_nothing_have_no_further_stems(text: str) -> None:
    assert language_of(normalize(text)) == ""
    assert index_tokens(text) == tokenize(text)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("german", "Haus"),
        ("german", "wo steht das Haus?"),
        ("french", "cheval"),
        ("french", "où est le cheval"),
        ("spanish", "canción"),
        ("portuguese", "cantar"),
        ("swedish", "hus"),
        ("finnish", "talo"),
        ("dutch", "steen stenen"),
        ("hungarian", "ház"),
        ("polish", "dom"),
        ("serbian", "kuća"),
        ("esperanto", "domo"),
        ("vietnamese", "con đường"),
        ("persian", "خانه"),
        ("nepali", "घर"),
    ],
)
def test_a_form_of_a_word_finds_another_and_marks_it(language: str, question: str) -> None:
    stems = {token for token, _ in query_terms(question) if MARK in token}
    found = stems & set(index_tokens(TEXTS[language]))
    assert any(token.startswith(f"{language}{MARK}") for token in found)
    assert "<em>" in highlight(TEXTS[language], stems)


def test_a_question_in_english_looks_for_no_other_stems() -> None:
    assert languages_of_question(normalize("where is the house")) == ()
    assert not any(MARK in token for token, _ in query_terms("where is the house"))


def test_tones_tell_words_apart() -> None:
    asked = {token for token, _ in query_terms("con đường") if MARK in token}
    assert not asked & set(index_tokens(TEXTS["vietnamese"].replace("đường", "đương")))


def test_a_capital_with_a_dot_is_the_letter_without() -> None:
    assert stem_in("turkish", normalize("İstanbul")) == stem_in("turkish", "istanbul")


def test_every_language_of_the_stemmer_is_in_use() -> None:
    by_script = {"arabic", "armenian", "english", "greek", "hindi", "russian", "tamil"}
    other_ways = {"dutch_porter", "porter"}
    ours = {*INFLECTED} - {"vietnamese"}
    assert {*Stemmer.algorithms()} == by_script | other_ways | ours


def test_words_of_other_scripts_have_no_stem() -> None:
    assert stem_in("german", "маяк") == stem_in("german", "h2o") == ""
