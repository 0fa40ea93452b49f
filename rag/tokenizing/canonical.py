"""Other ways to write a number, a code or a word: one form of each is indexed beside the written.

"1,250.00", "1.250,00" and "1 250" give `1250`; "5 kg" gives `5kg`, and "5kg" its parts; "PPR-9087"
gives `ppr9087`, "U.S.A." `usa`; "14.3.2025" gives `2025-03-14`; an IBAN or a telephone number in
groups gives its digits joined; "Müller" gives `mueller`. Whoever types another of these forms
finds the first.
"""

import re
from collections.abc import Iterator

from rag.tokenizing.stemming import stem

Form = tuple[int, int, tuple[str, ...]]
"""Where in a text something stands that spans blanks or signs, and the tokens it is found by."""

_LONGEST = 64
_LEAST_DIGITS = 5
"""Numbers with joints (1/2, 3-4) are joined from here on; shorter ones mean something else."""

_LEAST_CALLED = 7
"""Digits of the shortest telephone number that is told from other numbers in a row."""

_MOST_CALLED = 24
_DIGIT = re.compile(r"\d")
# A digit comes first in what is searched for, and what stands before it is looked at then: so the
# search leaps from digit to digit.
_FIRST = r"\d(?<![\w.,].)"
_NUMBER = rf"(?:{_FIRST}(?:\d{{0,2}}(?:[ .,'’]\d{{3}})+(?:[.,]\d+)?|\d*(?:[.,]\d+)?))"
_LAKHS = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")
_GROUPED = re.compile(r"\d{1,3}(?:([ .,'’])\d{3})(?:\1\d{3})*(?:([.,])(\d+))?")
_PLAIN = re.compile(r"(\d+)(?:[.,](\d+))?")
_AMBIGUOUS = re.compile(r"(\d{1,3})[.,](\d{3})")
_UNIT_NAMES = (
    "km/h m/s kg/m³ mg/l g/l l/min kwh/m² kg mg µg μg ng g t lb lbs oz km m dm cm mm µm μm nm mi "
    "ft yd ha m² m³ m2 m3 cm² cm³ km² qm l dl cl ml hl h min s ms µs μs ns kb mb gb tb pb kib mib "
    "gib tib bit byte kbit mbit gbit mbps gbps hz khz mhz ghz v kv mv ma mah ah w kw mw gw wh kwh "
    "mwh ps hp nm kn pa hpa kpa mpa bar mbar psi j kj mj kcal cal °c °f db dba lm lx rpm "
    "ppm ppb px pt dpi fps mol mmol iu ie eur usd gbp chf jpy cny rmb sek nok dkk pln czk huf ron "
    "inr rub cad aud mio mrd"
)
_UNITS = "|".join(sorted(map(re.escape, _UNIT_NAMES.split()), key=len, reverse=True))
_SIGNS = {"€": "eur", "$": "usd", "£": "gbp", "¥": "jpy", "₹": "inr", "₽": "rub", "₺": "try"}
_SIGN = "[" + re.escape("".join(_SIGNS)) + "]"
_MEASURE = re.compile(rf"({_NUMBER}) ?({_UNITS}|%|‰|{_SIGN})(?![\w°²³/])")
_PRICE = re.compile(rf"({_SIGN}) ?({_NUMBER})(?!\w)")
_SPACED = re.compile(rf"{_FIRST}\d{{0,2}}(?: \d{{3}})+(?:[.,]\d+)?(?![\w]|[.,]\d)")
_IBAN = re.compile(r"\d(?<=(?<!\w)[a-z]{2}.)\d(?: [a-z0-9]{4}){2,7}(?: [a-z0-9]{1,3})?(?!\w)")
_CALL = re.compile(
    rf"{_FIRST}\d{{0,4}}\)?(?:(?:[ ./-]{{1,2}}|(?<=\)))\(?\d{{1,9}}\)?){{1,7}}(?!\w)"
)
_SERIAL = re.compile(rf"{_FIRST}\d+(?: \d{{2,}}){{2,}}(?!\w)")
_ABROAD = re.compile(r"\+[ (]?\Z")
_TRUNK = re.compile(r"\(0\)")
_ISO_DATE = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})")
_DATE = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})")
_HAN_DATE = re.compile(r"(\d{4})年 ?(\d{1,2})月 ?(\d{1,2})日")
_MONTHS, _DAYS = 12, 31
_VERSION = re.compile(r"v(\d+(?:\.\d+)+)")
_GLUED = re.compile(r"(\d+(?:[.,]\d+)*)([^\W\d_]{1,5}(?:/[^\W\d_]{1,4})?)")
_NUMBERED = re.compile(r"([^\W\d_]{2,})(\d{2,})|(\d{2,})([^\W\d_]{6,})")
_JOINTS = re.compile(r"[-._/]+")
_CODE = re.compile(r"[^\W_]+(?:[-._/]+[^\W_]+)+")
_PARTING = re.compile(r"[-./]+")
_PARTED = re.compile(r"[^\W\d_]+(?:[-./][^\W\d_]+)+")
_OTHERS = "am as at be do he if in is it me my no of on or so to us we"
_OTHER_WORDS = frozenset(_OTHERS.split())
"""What abbreviations (U.S.) are not joined to."""

_SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "þ": "th"}
)
_BARE = str.maketrans({"ø": "o", "æ": "a", "đ": "d", "ł": "l", "\u0131": "i", "ð": "d", "ħ": "h"})


def plain_numbers(written: str) -> tuple[str, ...]:
    """Return what a number may mean, without separators and without zeros behind the point.

    "1.250" is 1250 to some and 1.25 to others: both are returned, the whole number first.
    """
    if found := _GROUPED.fullmatch(written):
        # A mark that stands twice is that of thousands; the last of two kinds is the point.
        whole = re.sub(r"\D", "", written[: found.start(2)] if found[2] else written)
        values = [_value(whole, found[3] or "")]
        if two := _AMBIGUOUS.fullmatch(written):
            values.append(_value(two[1], two[2]))
        return tuple(dict.fromkeys(values))
    if _LAKHS.fullmatch(written):
        return (written.replace(",", ""),)
    if found := _PLAIN.fullmatch(written):
        return (_value(found[1], found[2] or ""),)
    return ()


def _dates(written: str) -> Iterator[str]:
    """Yield the days that a date of three numbers may mean, as ISO 8601 writes them."""
    if found := _ISO_DATE.fullmatch(written):
        yield from _date(found[1], found[3], found[4])
    elif found := _DATE.fullmatch(written):
        yield from _date(found[4], found[3], found[1])
        if found[2] != ".":
            yield from _date(found[4], found[1], found[3])


def _date(year: str, month: str, day: str) -> Iterator[str]:
    if 1 <= int(month) <= _MONTHS and 1 <= int(day) <= _DAYS:
        yield f"{year}-{month:0>2}-{day:0>2}"


def _value(whole: str, fraction: str) -> str:
    rest = fraction.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def _spellings(word: str) -> Iterator[str]:
    """Yield a word of letters without those that not every keyboard has."""
    if not word.isascii() and word[0] <= "\u024f":
        for spelled in (word.translate(_SPELLED), word.translate(_BARE)):
            if spelled != word:
                yield stem(spelled)[:_LONGEST]


def joined_word(word: str) -> str:
    """Return a word whose letters hyphens, points or strokes part ("e-mail", "U.S.A.") in one.

    It stands for the word as written, so that either form is the other; empty for other words.
    """
    joined = _PARTING.sub("", word) if _PARTED.fullmatch(word) else ""
    return "" if joined in _OTHER_WORDS else stem(joined)[:_LONGEST]


def word_forms(word: str) -> tuple[str, ...]:
    """Return the tokens that a normalised word is found by beside itself and its parts."""
    if len(word) > _LONGEST:
        return ()
    found: list[str] = []
    if any(map(str.isdigit, word)):
        found += _forms_with_digits(word)
    for part in _JOINTS.split(word):
        found += _spellings(part) if part.isalpha() else ()
    return tuple(form for form in dict.fromkeys(found) if form != word)


def _forms_with_digits(word: str) -> Iterator[str]:
    yield from plain_numbers(word)
    yield from _dates(word)
    if version := _VERSION.fullmatch(word):
        yield version[1]
    if glued := _GLUED.fullmatch(word):
        yield from (f"{value}{glued[2]}" for value in plain_numbers(glued[1]))
    joined = _JOINTS.sub("", word)
    is_long = not joined.isdigit() or len(joined) >= _LEAST_DIGITS
    if is_long and joined != word and _CODE.fullmatch(word):
        yield joined


def word_pieces(word: str) -> tuple[str, ...]:
    """Return the number and the letters of a word without a joint, as in "5kg" and "ppr9087"."""
    if glued := _GLUED.fullmatch(word):
        return (*plain_numbers(glued[1]), glued[2])
    numbered = _NUMBERED.fullmatch(word)
    return tuple(filter(None, numbered.groups())) if numbered else ()


def _measures(text: str) -> Iterator[Form]:
    for found in _MEASURE.finditer(text):
        if not _is_one_word(found[0]):
            yield *found.span(), _measured(found[1], found[2])
    for found in _PRICE.finditer(text):
        yield *found.span(), _measured(found[2], found[1])


def _is_one_word(written: str) -> bool:
    """Return whether what is written is a word in itself, whose forms are those of the word."""
    return " " not in written and written[-1].isalnum() and "(" not in written


def _measured(number: str, unit: str) -> tuple[str, ...]:
    name = _SIGNS.get(unit, unit)
    named = (name,) if unit in _SIGNS else ()
    return (*(f"{value}{name}" for value in plain_numbers(number)), *named)


def _numbers(text: str) -> Iterator[Form]:
    for found in _SPACED.finditer(text):
        yield *found.span(), plain_numbers(found[0])
    for found in _IBAN.finditer(text):
        start = found.start() - len("de")
        yield start, found.end(), (text[start : found.end()].replace(" ", ""),)


def _han_dates(text: str) -> Iterator[Form]:
    if "年" not in text:
        return
    for found in _HAN_DATE.finditer(text):
        yield *found.span(), tuple(_date(*found.groups()))


def _calls(text: str) -> Iterator[Form]:
    """Yield telephone numbers and long numbers in groups, as their digits joined."""
    for pattern in (_CALL, _SERIAL):
        for found in pattern.finditer(text):
            digits = re.sub(r"\D", "", _TRUNK.sub("", found[0]))
            is_wanted = _LEAST_CALLED <= len(digits) <= _MOST_CALLED
            if is_wanted and not _is_one_word(found[0]):
                before = _ABROAD.search(text, max(found.start() - 2, 0), found.start())
                start = before.start() if before else found.start()
                yield start, found.end(), _called(text[start : found.end()], digits)


def _called(written: str, digits: str) -> tuple[str, ...]:
    """Return a number's digits; of an international one also as it is dialled at home."""
    if not written.startswith(("+", "00")):
        return (digits,)
    groups = re.findall(r"\d+", _TRUNK.sub("", written.removeprefix("00")))
    digits = digits.removeprefix("00") if not written.startswith("+") else digits
    home = "".join(groups[1:])
    return (digits, f"0{home}") if len(home) >= _LEAST_DIGITS else (digits,)


def spread_forms(text: str) -> list[Form]:
    """Return what of a normalised text is written over blanks or signs, with its other forms.

    "5 kg", "€ 120", "1 250", "DE00 1234 5678" and "+49 (30) 555-0101" are found; nothing in a
    text without digits.
    """
    if not _DIGIT.search(text):
        return []
    found = dict.fromkeys((*_measures(text), *_numbers(text), *_calls(text), *_han_dates(text)))
    return sorted(form for form in found if form[2])
