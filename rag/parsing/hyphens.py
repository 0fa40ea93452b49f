"""Words that a line's end breaks at a hyphen: which of them have it for good.

No file tells. Where it is in doubt the hyphen stays, as a word with one is found by the joined form
and by its parts, and a joined word by itself alone.
"""

_FIRST_WORDS = (
    "self non well high low long short real cross multi semi anti quasi pseudo full half "
    "open large small fast slow deep state third second first two three four five six double "
    "bottom post mid zero"
)
_FIRST = frozenset(_FIRST_WORDS.split())
"""What begins words with a hyphen, and hardly ever is a broken word's beginning."""

_SECOND_WORDS = (
    "oriented based driven free friendly specific level term scale party dimensional related "
    "dependent independent aware like quality speed wide known defined made efficient "
    "sensitive effective intensive supervised trained tuned grained purpose stage centric "
    "facing powered enabled controlled assisted linked proof resistant même mêmes être dire "
    "là нибудь либо"
)
_SECOND = frozenset(_SECOND_WORDS.split())
"""What ends them."""

_PREFIXES_WORDS = "con dis for mis out over per pre sub sup sur un under"
_PREFIXES = frozenset(_PREFIXES_WORDS.split())
_ENDINGS_WORDS = "able hood less ment ness ship some ward wards wise ally ings"
_ENDINGS = frozenset(_ENDINGS_WORDS.split())
_LEAST = 3


def keeps_hyphen(before: str, after: str, text: str = "") -> bool:
    """Return whether the parts of a broken word, in small letters, are words by themselves.

    `text` is what is around them: parts that are words there are words.
    """
    before, after = before.lower(), after.lower()
    if before in _FIRST and len(after) > _LEAST and after not in _ENDINGS:
        return True
    if after in _SECOND and len(before) >= _LEAST and before not in _PREFIXES:
        return True
    if min(len(before), len(after)) <= _LEAST:
        return False
    around = f" {text.lower()} "
    return f" {before}-{after}" in around or (f" {before} " in around and f" {after} " in around)
