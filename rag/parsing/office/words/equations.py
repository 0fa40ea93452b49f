"""Equations of Office (OMML) in a line: fractions, powers, indices, roots, sums, matrices."""

from collections.abc import Callable
from typing import Any

from rag.parsing.office.ooxml import attribute, child, local_name

_DEEPEST = 60
_PROPERTY_NAMES = (
    "rPr ctrlPr fPr sSupPr sSubPr sSubSupPr sPrePr radPr naryPr dPr funcPr limLowPr limUppPr barPr"
    " accPr boxPr borderBoxPr groupChrPr eqArrPr mPr phantPr argPr oMathParaPr"
)
_PROPERTIES = frozenset(_PROPERTY_NAMES.split())
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar",
            "\u0307": "dot", "\u0308": "ddot", "\u20d7": "vec"}  # fmt: skip
_NAMED = {"∑": "∑", "∏": "∏"}


def equation(element: Any, depth: int = 0) -> str:
    """Return an equation as people type it in a line: `1/2 m v^2`, `√(a+b)`, `x_1`."""
    if depth > _DEEPEST:
        return "".join(element.itertext())
    parts = []
    for inner in element:
        name = local_name(inner)
        if name == "t":
            parts.append(inner.text or "")
        elif name in _WRITERS:
            parts.append(_WRITERS[name](inner, depth + 1))
        elif name not in _PROPERTIES:
            parts.append(equation(inner, depth + 1))
    return "".join(parts)


def _part(element: Any, name: str, depth: int) -> str:
    found = child(element, name)
    return equation(found, depth).strip() if found is not None else ""


def _grouped(text: str) -> str:
    """Return a part in brackets, unless it is a single name, number or bracketed already."""
    plain = text.replace(".", "").replace(",", "")
    is_single = len(text) <= 1 or plain.isdigit() or (plain.isalpha() and len(text) <= 1)
    return text if is_single or not text or _is_bracketed(text) else f"({text})"


def _is_bracketed(text: str) -> bool:
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth and place < len(text) - 1:
            return False
    return True


def _fraction(element: Any, depth: int) -> str:
    above, below = (_grouped(_part(element, name, depth)) for name in ("num", "den"))
    kind = child(element, "fPr", "type")
    if kind is not None and attribute(kind, "val") == "noBar":
        return f"({above}¦{below})"
    return f"{above}/{below}"


def _raised(element: Any, depth: int) -> str:
    base = _part(element, "e", depth)
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    base = _grouped(base) if any(sign in base for sign in "+-\u2212/ ") else base
    lowered = f"_{_grouped(below)}" if below else ""
    return f"{base}{lowered}{f'^{_grouped(above)}' if above else ''}"


def _before(element: Any, depth: int) -> str:
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    return f"_{_grouped(below)}^{_grouped(above)} {_part(element, 'e', depth)}"


def _root(element: Any, depth: int) -> str:
    degree, inside = _part(element, "deg", depth), _part(element, "e", depth)
    return f"√[{degree}]({inside})" if degree else f"√{_grouped(inside)}"


def _sum(element: Any, depth: int) -> str:
    said = child(element, "naryPr", "chr")
    sign = attribute(said, "val", "∫") if said is not None else "∫"
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    limits = f"{f'_{_grouped(below)}' if below else ''}{f'^{_grouped(above)}' if above else ''}"
    return f"{_NAMED.get(sign, sign)}{limits} {_part(element, 'e', depth)}"


def _delimited(element: Any, depth: int) -> str:
    signs = {}
    for name, usual in (("begChr", "("), ("endChr", ")"), ("sepChr", "|")):
        said = child(element, "dPr", name)
        signs[name] = attribute(said, "val", "") if said is not None else usual
    parts = [equation(inner, depth).strip() for inner in element if local_name(inner) == "e"]
    return f"{signs['begChr']}{signs['sepChr'].join(parts)}{signs['endChr']}"


def _function(element: Any, depth: int) -> str:
    return f"{_part(element, 'fName', depth)} {_part(element, 'e', depth)}"


def _limit(element: Any, depth: int) -> str:
    sign = "^" if local_name(element) == "limUpp" else "_"
    return f"{_part(element, 'e', depth)}{sign}{_grouped(_part(element, 'lim', depth))}"


def _accent(element: Any, depth: int) -> str:
    said = child(element, "accPr", "chr")
    name = _ACCENTS.get(attribute(said, "val") if said is not None else "\u0302", "bar")
    return f"{name}({_part(element, 'e', depth)})"


def _bar(element: Any, depth: int) -> str:
    return f"bar({_part(element, 'e', depth)})"


def _matrix(element: Any, depth: int) -> str:
    rows = [
        ", ".join(equation(cell, depth).strip() for cell in row if local_name(cell) == "e")
        for row in element
        if local_name(row) == "mr"
    ]
    return f"[{'; '.join(rows)}]"


def _lines(element: Any, depth: int) -> str:
    parts = (equation(inner, depth).strip() for inner in element if local_name(inner) == "e")
    return "; ".join(parts)


_WRITERS: dict[str, Callable[[Any, int], str]] = {
    "f": _fraction, "sSup": _raised, "sSub": _raised, "sSubSup": _raised, "sPre": _before,
    "rad": _root, "nary": _sum, "d": _delimited, "func": _function, "limLow": _limit,
    "limUpp": _limit, "acc": _accent, "bar": _bar, "m": _matrix, "eqArr": _lines,
}  # fmt: skip
