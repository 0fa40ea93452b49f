"""What the words of compounds are made of: python benchmarks/compound_words.py FOLDER [TARGET].

FOLDER is a checkout of snowball-data (github.com/snowballstem/snowball-data, BSD-3-Clause, as in
`rag/tokenizing/parts.licence.txt`), whose `LANGUAGE/voc.txt` are the sample vocabularies: words of
books and newspapers without frequencies. A word is kept if it has 4 to 13 letters, occurs in two
forms or begins or ends two longer words, and is no compound of others that are kept; words of
offices and workshops (`compound_words.txt`, written for this) are added.

Prints how much of the shipped `rag/tokenizing/parts.xz` comes out again, and with TARGET writes
such a file: a line for each language, its words and their stems. The file that is shipped was made
by hand and eye from the same vocabularies; a new one takes its place when `languages.py` says that
German, Dutch and Swedish lose nothing by it.
"""

import lzma
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from common import ROOT, print_table

from rag.tokenizing.compounds import LANGUAGES, Lexicon, lexicon
from rag.tokenizing.stemming import stemmer

ADDED = Path(__file__).with_suffix(".txt")
SHIPPED = ROOT / "rag" / "tokenizing" / "parts.xz"
LEAST, MOST = 4, 13
LEAST_WITHIN = 5
"""Letters of a word that is kept for the sake of longer ones."""

TWICE = 2


def vocabulary(folder: Path, language: str) -> set[str]:
    """Return the words of a sample vocabulary."""
    words = (folder / language / "voc.txt").read_text(encoding="utf-8").split()
    return {word for word in words if word.isalpha()}


def in_forms(words: Collection[str], language: str) -> set[str]:
    """Return the words that occur in two forms."""
    forms = defaultdict(set)
    for word in words:
        forms[stemmer(language).stemWord(word)].add(word)
    return {word for group in forms.values() if len(group) >= TWICE for word in group}


def within(words: Collection[str]) -> set[str]:
    """Return the words with which two longer ones begin or end."""
    held: Counter[str] = Counter()
    for word in words:
        places = range(LEAST_WITHIN, len(word) - LEAST + 1)
        held.update({part for place in places for part in (word[:place], word[-place:])})
    return {word for word in words if held[word] >= TWICE}


def is_compound(word: str, known: Lexicon, words: set[str]) -> bool:
    """Return whether a word is one known word before another."""
    places = range(LEAST, len(word) - LEAST + 1)
    return any(known.begins(word[:place]) and word[place:] in words for place in places)


def made(folder: Path, language: str, added: Collection[str]) -> set[str]:
    """Return the words that compounds of a language are made of."""
    known = vocabulary(folder, language)
    chosen = in_forms(known, language) | within(known)
    shipped = lexicon(language)
    words = {word for word in chosen if LEAST <= len(word) <= MOST} - shipped.others
    trial = replace(shipped, words=frozenset(words))
    return {word for word in words if not is_compound(word, trial, words)} | set(added)


def written(language: str, words: Collection[str]) -> str:
    """Return the line of a language: its words, and the stems that are long enough."""
    stems = {stemmer(language).stemWord(word) for word in words}
    others = lexicon(language).others
    kept = (stem for stem in stems if len(stem) >= LEAST and stem not in others)
    return f"{language}:{' '.join(sorted(words))}:{' '.join(sorted(kept))}\n"


def compared(folder: Path, lines: dict[str, str]) -> Iterator[list[object]]:
    """Yield for each language how many words are made, shipped, and both; keep its line."""
    told = dict(line.split(": ", 1) for line in ADDED.read_text(encoding="utf-8").splitlines())
    for language in LANGUAGES:
        words, shipped = made(folder, language, told[language].split()), lexicon(language).words
        lines[language] = written(language, words)
        both = len(words & shipped)
        yield [language, len(words), len(shipped), both, f"{100 * both / len(shipped):.1f} %"]


def main() -> None:
    """Make the words from the folder of the command line, and compare them."""
    if len(sys.argv) < TWICE:
        sys.exit(__doc__)
    lines: dict[str, str] = {}
    print_table(
        compared(Path(sys.argv[1]), lines), ["language", "made", "shipped", "both", "share"]
    )
    if len(sys.argv) > TWICE:
        content = "".join(lines.values()).encode()
        Path(sys.argv[2]).write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
