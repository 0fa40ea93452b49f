"""Number formats of spreadsheets: a number as the program shows it, dates and times in ISO form.

A format has up to four sections: for positive and negative numbers, for zero, and for text. What
is read: digits and groups, decimals, percent, scaling commas, exponents, fractions, literals,
currencies, elapsed time; colours, conditions on values, fillers and paddings are passed over.
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""The formats that a file names by a number alone (ECMA-376, 18.8.30); accounting without signs."""

_EXACT_DIGITS = 15
_LONGEST_FORMAT = 255
_MOST_DECIMALS = 30
_LARGEST_DAY = 2_958_466
_SECONDS = 24 * 60 * 60
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet has no zone
_DAYS_1904 = 1462
_MISSING_DAY = 60  # Excel has a 29 February 1900.
_TOKENS = re.compile(
    r'"(?P<text>[^"]*)"|\\(?P<char>.)|_.|\*.|\[\$(?P<sign>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]|(?P<part>.)",
    re.IGNORECASE | re.DOTALL,
)
_DATE_LETTERS = frozenset("ymdhsYMDHS")
_DIGITS = frozenset("0#?")

Write = Callable[[float], str]
"""Writes a number in one format."""


def general(value: float) -> str:
    """Write a number with the digits that Excel shows: 15, without a needless `.0`."""
    if value.is_integer() and abs(value) < 10**_EXACT_DIGITS:
        return str(int(value))
    return f"{value:.{_EXACT_DIGITS}g}"


def date_text(value: float, *, since_1904: bool = False) -> str:
    """Write a serial day as an ISO date, with the time where it has one."""
    serial = value + (_DAYS_1904 if since_1904 else 0)
    if not 0 <= serial < _LARGEST_DAY:
        return general(value)
    if not since_1904 and serial < _MISSING_DAY:
        serial += 1
    moment = _EPOCH + dt.timedelta(days=int(serial), seconds=round((serial % 1) * _SECONDS))
    return moment.isoformat(" ").removesuffix(" 00:00:00")


def duration_text(value: float, unit: str, *, seconds: bool = True) -> str:
    """Write days as elapsed hours, minutes or seconds (`h`, `m`, `s`)."""
    total = round(abs(value) * _SECONDS)
    sign = "-" if value < 0 and total else ""
    if unit == "s":
        return f"{sign}{total}"
    if unit == "m":
        return f"{sign}{total // 60}:{total % 60:02d}" if seconds else f"{sign}{total // 60}"
    text = f"{sign}{total // 3600}:{total // 60 % 60:02d}"
    return f"{text}:{total % 60:02d}" if seconds else text


def time_text(value: float, *, seconds: bool = True) -> str:
    """Write the time of a day."""
    total = round((value % 1) * _SECONDS) % _SECONDS
    text = f"{total // 3600:02d}:{total // 60 % 60:02d}"
    return f"{text}:{total % 60:02d}" if seconds else text


@lru_cache(maxsize=512)
def writer(code: str, *, since_1904: bool = False) -> Write:
    """Return what writes numbers in a format."""
    sections = _sections(code[:_LONGEST_FORMAT])
    if not sections or code.strip().lower() in {"", "general", "@", "standard"}:
        return general
    writers = [_section_writer(tokens, since_1904=since_1904) for tokens in sections[:3]]
    positive = writers[0]

    def write(value: float) -> str:
        if value == 0 and len(writers) > 2:  # noqa: PLR2004 - the third section is that of zero
            return writers[2](0.0)
        if value < 0 and len(writers) > 1:
            return writers[1](-value)
        return positive(value)

    return write


Tokens = list[tuple[str, str]]
"""Kinds and texts: `text` as it stands, `elapsed` a unit, `part` a sign of the format."""


def _sections(code: str) -> list[Tokens]:
    sections: list[Tokens] = [[]]
    for match in _TOKENS.finditer(code):
        kind = match.lastgroup
        if kind == "part" and match["part"] == ";":
            sections.append([])
        elif kind in {"text", "char", "sign"}:
            sections[-1].append(("text", match[kind]))
        elif kind is not None:
            sections[-1].append((kind, match[kind]))
        elif match[0][0] == "_":
            sections[-1].append(("text", " "))
    return sections


def _section_writer(tokens: Tokens, *, since_1904: bool) -> Write:
    elapsed = next((text[0].lower() for kind, text in tokens if kind == "elapsed"), "")
    parts = "".join(text for kind, text in tokens if kind == "part")
    if elapsed:
        seconds = "s" in parts.lower() and elapsed != "s"
        return lambda value: duration_text(value, elapsed, seconds=seconds)
    if "general" in parts.lower():
        return _around(tokens, general)
    if _DATE_LETTERS & set(re.sub(r"(?i)am/pm|a/p|e[+-]", "", parts)) and not set(parts) & {"#"}:
        return _date_writer(parts.lower(), since_1904=since_1904)
    if not _DIGITS & set(parts):
        literal = "".join(text for _, text in tokens if text != "@").strip()
        return lambda value: literal or general(value)
    return _number_writer(tokens)


def _around(tokens: Tokens, write: Write) -> Write:
    """Return what writes the literals of a format around a number."""
    whole = "".join(text for _, text in tokens)
    before, after = re.split("general", whole, maxsplit=1, flags=re.IGNORECASE)
    return lambda value: f"{before}{write(value)}{after}".strip()


def _date_writer(parts: str, *, since_1904: bool) -> Write:
    has_time = bool(set(parts) & set("hs"))
    if "y" in parts or "d" in parts or not has_time:
        return lambda value: date_text(value, since_1904=since_1904)
    return lambda value: time_text(value, seconds="s" in parts)


def _number_writer(tokens: Tokens) -> Write:
    signs = "".join(text if kind == "part" else "\0" for kind, text in tokens)
    if "/" in signs:
        return lambda value: _fraction(value, signs)
    first = min(place for place, sign in enumerate(signs) if sign in _DIGITS or sign == ".")
    last = max(place for place, sign in enumerate(signs) if sign in _DIGITS)
    if re.search(r"[eE][+-]", signs):
        decimals = _decimals(re.split(r"[eE][+-]", signs)[0])
        return lambda value: f"{value:.{decimals}E}"
    before = "".join(text for _, text in tokens[:first])
    after = "".join(text for _, text in tokens[last + 1 :]).lstrip(",")
    if set(signs[first : last + 1]) - _DIGITS - {",", "."}:
        digits = _pattern(tokens[first : last + 1])
    else:
        digits = _plain_digits(signs[first : last + 1], signs[last + 1 :], percent="%" in signs)
    nothing = before.strip() if "0" not in signs else ""
    return lambda value: (
        nothing if nothing and not value else " ".join(f"{before}{digits(value)}{after}".split())
    )


def _pattern(tokens: Tokens) -> Write:
    """Return what writes digits among literals, as telephone numbers have them."""
    least = sum(kind == "part" and text in _DIGITS for kind, text in tokens)

    def write(value: float) -> str:
        digits = general(float(round(abs(value)))).zfill(least)
        written: list[str] = []
        for kind, text in reversed(tokens):
            is_digit = kind == "part" and text in _DIGITS
            written.append(digits[-1:] if is_digit else text)
            digits = digits[:-1] if is_digit else digits
        return f"{'-' if value < 0 else ''}{digits}{''.join(reversed(written))}"

    return write


def _decimals(signs: str) -> int:
    _, point, behind = signs.partition(".")
    return min(sum(sign in _DIGITS for sign in behind), _MOST_DECIMALS) if point else 0


def _plain_digits(signs: str, behind: str, *, percent: bool) -> Write:
    """Return what writes the digits of a number: groups, leading zeros, decimals."""
    whole, _, fraction = signs.partition(".")
    decimals = _decimals(signs)
    needed = sum(sign == "0" for sign in fraction)
    least = sum(sign == "0" for sign in whole)
    grouped = "," in whole.rstrip(",")
    scale = len(behind) - len(behind.lstrip(",")) + len(whole) - len(whole.rstrip(","))
    unit = Decimal(1).scaleb(-decimals)
    factor = Decimal(100 if percent else 1) / Decimal(1000) ** min(scale, 9)

    def write(value: float) -> str:
        if abs(value) >= 10.0**_EXACT_DIGITS:
            return general(value)
        exact = (Decimal(general(value)) * factor).quantize(unit, ROUND_HALF_UP)
        sign, text = ("-" if exact < 0 else ""), f"{abs(exact):f}"
        digits, point, rest = text.partition(".")
        digits = digits.lstrip("0").zfill(least)
        if grouped and digits:
            digits = _grouped(digits)
        while len(rest) > needed and rest.endswith("0"):
            rest = rest[:-1]
        return f"{sign}{digits or ('' if rest else '0')}{point if rest else ''}{rest}"

    return write


def _grouped(digits: str) -> str:
    head = len(digits) % 3
    groups = [digits[start : start + 3] for start in range(head, len(digits), 3)]
    return ",".join([digits[:head], *groups] if head else groups)


def _fraction(value: float, signs: str) -> str:
    below = signs.partition("/")[2]
    digits = sum(sign in _DIGITS for sign in below)
    fixed = re.search(r"\d+", below.replace("0", "") if digits else below)
    largest = 10 ** min(max(digits, 1), 4) - 1
    exact = Fraction(abs(value)).limit_denominator(int(fixed[0]) if fixed else largest)
    sign = "-" if value < 0 else ""
    whole, rest = divmod(exact.numerator, exact.denominator)
    if not rest:
        return f"{sign}{whole}"
    part = f"{rest}/{exact.denominator}"
    return f"{sign}{whole} {part}" if whole else f"{sign}{part}"
