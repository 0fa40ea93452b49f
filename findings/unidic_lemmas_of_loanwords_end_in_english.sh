#!/usr/bin/env bash
# UniDic's `lemma` of a Japanese loanword is the word, a hyphen and the word that it was taken from: of コンピューター it is
# "コンピューター-computer", of サーバー "サーバー-server". Words of Japan's own have a plain lemma, and other dictionaries
# (IPADIC) give a plain base form, so an index of lemmas looks right until somebody searches for a loanword by its own
# letters (a question that is cut by another dictionary, an exact match, a list of terms that is shown): it is not
# found. Most technical words are loanwords.
# What helps: cut the lemma at its first "-", where what is before it is Katakana; or `orthBase`, the plain base form.
#
# Seen with fugashi 1.5.2, unidic-lite 1.0.8, CPython 3.11.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check fugashi==1.5.2 unidic-lite==1.0.8
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

from fugashi import Tagger

tagger = Tagger()
print("fugashi", version("fugashi"), "unidic-lite", version("unidic-lite"))
seen = {}
for text in ("コンピューター", "サーバー", "プリンター", "ビール", "使い方", "灯台"):
    seen[text] = [(word.feature.lemma, word.feature.orthBase) for word in tagger(text)]
    print(text, seen[text])
loans = ("コンピューター", "サーバー", "プリンター", "ビール")
english = ("computer", "server", "printer", "beer")
same = all(
    seen[loan] == [(f"{loan}-{word}", loan)] for loan, word in zip(loans, english)
) and all("-" not in lemma for text in ("使い方", "灯台") for lemma, _ in seen[text])
if not same:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
