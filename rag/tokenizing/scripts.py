"""Which characters make words, and which of them are written without spaces between words."""

import re

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
SOUTH_EAST_ASIAN = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u1000-\u103f\u1780-\u17d3"
UNSPACED = HAN + KANA + HANGUL + SOUTH_EAST_ASIAN

# Vowel signs and accents belong to their word, but Python's \w leaves them out.
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0980-\u0983\u09bc-\u09d7"
    "\u0a01-\u0a03\u0a3c-\u0a51\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82"
    "\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d"
    "\u0d81-\u0d83\u0dca-\u0ddf\u0f71-\u0f84"
)
_LETTER = rf"(?:[^\W_{UNSPACED}]|[{MARKS}])"
_SYMBOLS = "\u2190-\u21ff\u2460-\u24ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"

# A word may hold joints, as in e-1042, 3.11, a_b, user@host, 1,000 and don't; c++ and c# end in
# their sign. Signs and joints outside of words are not looked for.
_WORD = (
    r"{letter}+(?:[-\u2010\u2011\xad\u2060._/@:&'’]{letter}+|(?<=\d),(?=\d){letter}+|_+{letter}+)*"
    r"(?:\+\+|#)?"
)

RUN = re.compile(
    rf"([{HAN}]+)|([{KANA}]+)|([{HANGUL}]+)|([{SOUTH_EAST_ASIAN}]+)"
    rf"|({_WORD.format(letter=_LETTER)})|([{_SYMBOLS}])"
)
"""A run of one script; the groups are Han, Kana, Hangul, South-East Asian, a word, a symbol."""

ASCII_WORD = re.compile(_WORD.format(letter="[a-z0-9]"))
"""What `RUN` finds in lower-case ASCII text."""

PLAIN_WORD = re.compile(_WORD.format(letter=r"[^\W_]"))
"""What `RUN` finds where `UNUSUAL` finds nothing, in a third of the time."""

UNUSUAL = re.compile(f"[{UNSPACED}{MARKS}{_SYMBOLS}]")
"""What makes other runs than words, or words of more than letters and digits."""

# The vowel that is written before a letter, the letter, and what is written around it; in Khmer and
# Burmese also the letters below it.
CLUSTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?."
    "(?:[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebd\u0ec8-\u0ecd\u102b-\u1038\u103a-\u103e"
    "\u17b4-\u17d1\u17d3]|[\u1039\u17d2].)*"
)
"""A letter of a South-East Asian script with its signs."""
