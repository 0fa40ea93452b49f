#!/usr/bin/env bash
# A Snowball stem is not always a piece of its word, in ways that differ by language. Catalan's stemmer writes a full stop
# for the middle dot, so that a stem does not survive a second tokenizing; Serbian's turns Cyrillic into Latin letters;
# Yiddish's joins two letters into the ligature; Greek's takes capitals and accents off, while those of all others leave
# capitals as they are and stem nothing behind them; but German's marks vowels by capitals while it works, so that of a word
# in capitals only the U comes back small. French's ends the plural of "travail" in letters of its own, which
# the singular's stem is not. Who marks the matched words of a text by looking for the stem in it finds none of these.
#
# Seen with PyStemmer 3.1.0 and snowballstemmer 3.1.1, which agree, Python 3.11:
#   catalan  col·legi  -> col.leg     serbian куће    -> kuć       yiddish הייזער -> הײז
#   greek    ΣΠΙΤΙΑ    -> σπιτ        english DOGS    -> DOGS      german  HÄUSER -> HÄuSER
#   french   travaux   -> traval      french  travail -> travail
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pystemmer==3.1.0 snowballstemmer==3.1.1
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

import snowballstemmer
import Stemmer

SEEN = [
    ("catalan", "col·legi", "col.leg"),
    ("serbian", "куће", "kuć"),
    ("yiddish", "הייזער", "הײז"),
    ("greek", "ΣΠΙΤΙΑ", "σπιτ"),
    ("english", "DOGS", "DOGS"),
    ("german", "HÄUSER", "HÄuSER"),
    ("french", "travaux", "traval"),
    ("french", "travail", "travail"),
]
print("PyStemmer", version("pystemmer"), "snowballstemmer", version("snowballstemmer"))
same = True
for language, word, seen in SEEN:
    stems = {
        Stemmer.Stemmer(language).stemWord(word),
        snowballstemmer.stemmer(language).stemWord(word),
    }
    print(language, word, *stems)
    same = same and stems == {seen}
sys.exit(not same)
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
