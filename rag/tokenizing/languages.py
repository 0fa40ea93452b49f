"""Which language a text or a question is in, by its small words."""

import re
from collections import Counter
from collections.abc import Iterable

from rag.tokenizing.scripts import MARKS

MARK = "~"
"""Stands between the name of a language and a stem; no other token holds it."""

ENGLISH = "english"
_SEEN_WORDS = 80
_LEAST_HITS = 3
_LEAST_SHARE = 1 / 16
"""Of small words among those that are seen: names and quotations show no language."""

WORD = re.compile(rf"(?:[^\W\d_]+|(?<=[^\W\d_])[{MARKS}]+)+")
_BARE_WORD = re.compile(r"[^\W\d_]+")
_MARK = re.compile(f"[{MARKS}]")

_SMALL_WORDS = {
    ENGLISH: "the of and to in is a for on with that by this are was from at which be or an it as",
    "german": "der die das und den von zu mit ist ein eine nicht auf für im dem des wird auch sich",
    "dutch": "de het een van en in is dat op te niet met zijn voor aan er die worden wordt ook",
    "french": "le la de et les des en un une du est que pour dans par sur au aux qui ne pas sont",
    "spanish": "el la de que en y los se del las por un con una para es al lo como su está son",
    "portuguese": "o a de que e do da em um para com não uma os no na por mais as dos ao são foi",
    "italian": "di e il la che in un per del non una sono è della con da i le si dei nel alla gli",
    "catalan": "de la que i el en les per un amb del no una els es al dels són pel aquest com",
    "romanian": "de la în și cu un o pe din ca este care nu mai să se prin pentru ai ale sunt",
    "danish": "og i det er en at til af den for på som de med ikke der har et ved kan blev fra",
    "norwegian": "og i det er en at til av den for på som de med ikke har et ved kan ble fra seg",
    "swedish": "och att det i en som är av för den med till på inte ett har om de var kan sig ska",
    "finnish": "ja on ei se että oli hän ovat kun mutta myös joka sekä tai voi olla jos niin kuin",
    "hungarian": "a az és hogy nem egy van meg is de ha csak kell vagy mint volt ez el még már",
    "turkish": "bir ve bu da de ile için olan ne çok gibi daha olarak en kadar sonra var mi ise "
    "her iki tarafından olduğu ancak göre ayrıca şekilde hem",
    "polish": "w i z na nie do to jest się że od po dla jak o co oraz przez ma są ten być",
    "czech": "a v na je to se do že od ve za po s z i o ale jako jsou pro by které při jeho",
    "estonian": "ja on ei et see ka kui oma mis ning või aga ta oli kes siis nii selle peab",
    "lithuanian": "ir kad yra su iš tai ne į bet kaip į per apie nuo ar jo buvo dėl po",
    "indonesian": "yang dan di dengan untuk ini itu dari tidak dalam pada adalah akan ke oleh atau",
    "basque": "eta da ez du bat izan ere zen dute egin baina hau beste den dira",
    "irish": "an na agus is ar le go i do a bhí sé ag tá ní ach mar seo leis",
    "serbian": "je u i na se da za su od sa koji bi nije kao što ali iz kako који је у и на се да "
    "за су од са би није као што али из",
    "esperanto": "la kaj de en estas al ne por kun li ke sed ĝi oni per pri estis kiu ĉi ankaŭ",
    "sesotho": "le ka ho ke ba e ea ha ya tsa hore bona mme empa haeba kapa",
    "vietnamese": "con của và là các có trong được cho một những không với đã người này khi đến từ "
    "về như ở ra bao nhiêu gì nào ai đâu",
    "persian": "و در به از که این را با است برای آن یک خود تا بر شد می های شده بود",
    "nepali": "र को मा छ छन् पनि हो यो का ले गर्न भने थियो हुन् लागि",
    "yiddish": "און די דער איז אין צו פון פֿון מיט דאָס נישט פאַר אַ האָט זיך",
    "russian": "и в не на что с по как это но из у же от за для к о его был",
    "ukrainian": "і в не на що з по як це та у й до від за для його був але",
    "bulgarian": "и на да за се от в е са че с по това като не със който",
    "arabic": "في من على إلى أن التي عن هذا مع ما لا الذي كان هذه بين",
    "urdu": "کے کی میں اور سے کا کو ہے نے پر یہ کہ ہیں",
    "hindi": "के का की में है और से को पर ने यह कि हैं एक था",
}
_PLAIN = (ENGLISH, "russian", "ukrainian", "bulgarian", "arabic", "urdu", "hindi")
"""Languages whose words have the stems of their script, or none, and are told from others."""

LANGUAGES = tuple(_SMALL_WORDS)
"""The languages that a text may be said to be in."""

INFLECTED = tuple(language for language in _SMALL_WORDS if language not in _PLAIN)
"""The languages whose stems are kept beside the tokens of a text."""


def words_of(normal: str) -> list[str]:
    """Return the words of letters, with their marks, in a normalised text."""
    has_marks = not normal.isascii() and _MARK.search(normal)
    return (WORD if has_marks else _BARE_WORD).findall(normal)


def _speakers() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in _SMALL_WORDS.items():
        for word in dict.fromkeys(words.split()):
            found[word] = (*found.get(word, ()), language)
    return found


_SPEAKERS = _speakers()


def _hits(words: Iterable[str]) -> Counter[str]:
    return Counter(language for word in words for language in _SPEAKERS.get(word, ()))


def _ranked(normal: str) -> list[tuple[str, int]]:
    """Return the two languages that a text has most small words of; empty if it has few."""
    words = words_of(normal[: _SEEN_WORDS * 8])[:_SEEN_WORDS]
    ranked = _hits(words).most_common(2)
    least = max(_LEAST_HITS, len(words) * _LEAST_SHARE)
    return ranked if ranked and ranked[0][1] >= least else []


def language_of(normal: str) -> str:
    """Return the language of a normalised text, if it is one that has stems of its own."""
    ranked = _ranked(normal)
    if not ranked or ranked[0][0] in _PLAIN:
        return ""
    is_clear = len(ranked) == 1 or ranked[1][1] < ranked[0][1]
    # Where two are alike, as Danish and Norwegian, either stems alike.
    return ranked[0][0] if is_clear or ranked[1][0] not in _PLAIN else ""


def seen_language(normal: str) -> str:
    """Return the language that a normalised text shows by its small words; empty if by none."""
    ranked = _ranked(normal)
    return ranked[0][0] if ranked else ""


def languages_of_question(normal: str) -> tuple[str, ...]:
    """Return the languages with stems of their own that a question may be in."""
    hits = _hits(words_of(normal))
    if not hits:
        return INFLECTED
    most = max(hits.values())
    likely = [language for language, count in hits.items() if count == most]
    return tuple(language for language in likely if language not in _PLAIN)
