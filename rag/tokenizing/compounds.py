"""Parts of the compounds of Germanic languages: "Kühlwasserpumpe" is of "kühl", "wasser", "pumpe".

A word is cut into words that are known, with what joins them (the s of "Arbeitsvertrag"), in as few
as may be; one before the last part may be unknown. The words (parts.xz) are those of the sample
vocabularies of Snowball (snowball-data, BSD) that occur in two forms or more and are no compounds
themselves, and their stems; they have no frequencies.
"""

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rag.tokenizing.stemming import stemmer

Part = tuple[int, int]
"""Where a part stands in its word."""

_PARTS = Path(__file__).with_name("parts.xz")
_LEAST = 4
_SHORTEST = 2
"""Letters of a known part, and of one of a few that are shorter."""

_LEAST_WORD = 7
_LONGEST_PART = 15
_BEGINNING = 3
"""Letters by which what is no word is told at once."""

_LEAST_HEAD = 5
_LEAST_UNKNOWN = 6
"""Letters of a known last part, and of what is unknown before it."""

_LONGEST = 48
_CACHED = 1 << 15
_JOINTS = {
    "german": ("s", "es", "n", "en", "er", "e"),
    "dutch": ("s", "en", "n", "e", "er"),
    "swedish": ("s", "es", "e", "o", "u", "a"),
    "danish": ("s", "e"),
    "norwegian": ("s", "e"),
}
_DROPPED = {
    "german": ("e", "en"),
    "dutch": ("e", "en"),
    "swedish": ("a", "e"),
    "danish": ("e",),
    "norwegian": ("e",),
}
"""Ends that a word loses before the next one: "Schulbuch" is of "Schule"."""

_SHORT = {
    "german": "amt arm bad bau eis hof hut job müll not öl rad rat see tag tal tor tür uhr weg zug",
    "dutch": "bad bak bal bed boek bos bus dag dak dijk dorp huis jas kat kop les man mes net oog "
    "pad pak pen pot raam rem rug sap set stad tas tijd vak van vat vis weg wet zee",
    "swedish": "arm bad bil bok bro båt dag eld fat hav hus ljud lag lån mat mål ort rum råd sak "
    "sal sjö säl tal tid tåg väg vin ved vår år års",
    "danish": "arm bad bil bog bro båd bus dag fad hav hus lag lov lån mad mål olie rum råd sag "
    "sal skib tal tid tog vej vin år års",
    "norwegian": "arm bad bil bok bro båt dag fat hav hus lag lov lån mat mål rom råd sak sal tak "
    "tal tid tog vei vin år års øl",
}
"""Words of fewer letters than others that may be the last part, or the first."""

_NO_PARTS = {
    "german": "schaft heit heiten keit keiten lich liche lichen licher liches lichem isch ische "
    "ischen ung ungen ende enden ender endes endem chen lein ellen eller tige tigen tiger tiges "
    "über unter nach gegen durch hinter zwischen wieder zusammen ander andere einander nicht "
    "selbst hervor zurück vorbei weiter allen alle eine einen einer sich mehr sein samt weise "
    "wärts barkeit losig igkeit igkeiten ation ieren iert ierte ierten ierung ange abge zuge "
    "vorge aufge ausge einge beige nachge mitge weiterge zurückge ungs heits keits innen haltet "
    "stellt setzt setzen stellen stellte stellten ordnen nehmen geben gehen kommen lassen halten "
    "machen suchen finden liegen ziehen legen tragen treten fallen führen tische tischen tischer "
    "tisches enten haften lasten weißen deren racht tellen sellen toren malen stete stetes "
    "steten messen",
    "dutch": "heid heden lijk lijke elijk ende baar bare loos loze schap over onder door tegen "
    "achter tussen weer samen ander andere niet zelf terug voorbij verder alle een eens ingen "
    "ling lingen tje tjes ster atie eren ieren zaam zame mede lijks adering voor nemen geven "
    "komen gaan houden stellen brengen leggen trekken",
    "swedish": "skap heten heter ande ende lighet ning ningar ningen aren arna erna orna över "
    "under efter genom mellan åter samman andra inte själv tillbaka förbi alla till från mot med "
    "ligt liga samt isk iska isera erad erade ering eringen ligen lande rollades inser tills "
    "ställa ställer ställde",
    "danish": "skab heden heder ende ning ningen ninger lighed over under efter gennem mellem igen "
    "sammen andre ikke selv tilbage forbi alle fra med mod lige isk iske isere eret erede ering "
    "eringen erne ernes iterne iternes stille stiller",
    "norwegian": "skap heten heter ende ning ningen ninger lighet over under etter gjennom mellom "
    "igjen sammen andre ikke selv tilbake forbi alle fra med mot lige isk iske isere ert erte "
    "ering eringen ene enes ingen stille stiller",
}
"""Ends and beginnings of words that are no words of their own there."""

LANGUAGES = tuple(_JOINTS)
"""The languages whose compounds are cut."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the words of a language are made of."""

    words: frozenset[str]
    stems: frozenset[str]
    short: frozenset[str]
    others: frozenset[str]
    joints: tuple[str, ...]
    dropped: tuple[str, ...]
    beginnings: frozenset[str]

    def begins(self, part: str) -> bool:
        """Return whether a word in the form that it has before another one is known."""
        if part in self.others or len(part) < _LEAST:
            return any(part.removesuffix(joint) in self.short for joint in ("", *self.joints))
        bare = [part, *(part.removesuffix(joint) for joint in self.joints if part.endswith(joint))]
        return any(
            word in self.words or any(f"{word}{end}" in self.words for end in self.dropped)
            for word in bare
            if len(word) >= _LEAST
        )

    def ends(self, part: str, language: str) -> bool:
        """Return whether a last part, in whichever form, is known."""
        if part in self.others or len(part) < _LEAST:
            return part in self.short
        return part in self.words or str(stemmer(language).stemWord(part)) in self.stems


@cache
def _lines() -> dict[str, str]:
    content = lzma.decompress(_PARTS.read_bytes()).decode()
    return dict(line.split(":", 1) for line in content.splitlines())


@cache
def lexicon(language: str) -> Lexicon:
    """Return what is known of a language's words."""
    words, stems = map(str.split, _lines()[language].split(":"))
    short = _SHORT[language].split()
    return Lexicon(
        frozenset(words),
        frozenset(stems),
        frozenset(short),
        frozenset(_NO_PARTS[language].split()),
        _JOINTS[language],
        _DROPPED[language],
        frozenset(word[:_BEGINNING] for word in (*words, *short)),
    )


def load_lexicons() -> None:
    """Read the words of all languages, so that nobody waits for them: 13 MB in 0.03 s."""
    for language in LANGUAGES:
        lexicon(language)


@lru_cache(_CACHED)
def compound_parts(language: str, word: str) -> tuple[Part, ...]:
    """Return where the parts of a normalised word stand; empty for one that is no compound."""
    if language not in _JOINTS or not _LEAST_WORD <= len(word) <= _LONGEST:
        return ()
    known = lexicon(language)
    if word in known.words:
        return ()
    ways = _ways(known, word)
    found = [
        (*parts, (place, len(word)))
        for place, parts in ways.items()
        if place and known.ends(word[place:], language)
    ]
    if found:
        return min(found, key=_rank)
    return next(_half_known(known, word), ())


def _ways(known: Lexicon, word: str) -> dict[int, tuple[Part, ...]]:
    """Return the best way to cut what stands before each place of a word in known parts."""
    ways: dict[int, tuple[Part, ...]] = {0: ()}
    for place in range(len(word) - _SHORTEST):
        before = ways.get(place)
        if before is None or word[place : place + _BEGINNING] not in known.beginnings:
            continue
        for end in range(place + _SHORTEST, min(len(word) - _SHORTEST, place + _LONGEST_PART) + 1):
            if known.begins(word[place:end]):
                way = (*before, (place, end))
                ways[end] = min(ways.get(end, way), way, key=_rank)
    return ways


def _rank(parts: tuple[Part, ...]) -> tuple[int, int]:
    """Order ways to cut a word: few parts first, then those whose shortest part is longest."""
    return len(parts), -min(end - start for start, end in parts)


def _half_known(known: Lexicon, word: str) -> Iterator[tuple[Part, ...]]:
    """Yield a word in two, the longest known word at its end, whatever stands before that."""
    for place in range(_LEAST_UNKNOWN, len(word) - _LEAST_HEAD + 1):
        head = word[place:]
        if head in known.words and word[:place] not in known.others:
            yield (0, place), (place, len(word))
