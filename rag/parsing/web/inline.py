"""What elements add to the running text around them: targets of links, readings, formulas."""

import re
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rag.parsing.web.mathml import formula_text

_LONGEST_TARGET = 300
_ABSOLUTE = re.compile(r"(?:https?|ftp)://\S+|(?:mailto|tel):\S+", re.IGNORECASE)
_FILE = re.compile(
    r"[^\s?#]+\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|csv|zip|epub|txt|md|json|xml)(?:[?#]\S*)?",
    re.IGNORECASE,
)
_RAISED = str.maketrans("0123456789+-\u2212", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_RAISABLE = re.compile(r"[-+\u2212]?\d{1,6}")
_READ_WHOLE = frozenset({"ruby", "math", "sup"})


class Inline:
    """Puts elements of a page into its running text."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        """Look up the address that the page's links start from, if it is said."""
        base = tree.css_first("base[href]") or tree.css_first("link[rel=canonical][href]")
        said = (base.attributes.get("href") or "") if base is not None else ""
        self._base = said if said.startswith(("http://", "https://")) else ""

    def text(self, node: LexborNode) -> str:
        """Return what a node says by itself, where it begins."""
        if node.tag == "-text":
            return node.text_content or ""
        if node.tag == "br":
            return "\n"
        return f" {node.attributes.get('alt') or ''} " if node.tag == "img" else ""

    def whole(self, node: LexborNode) -> str | None:
        """Return what a node says with all that is in it, or None if its parts are read."""
        if node.tag not in _READ_WHOLE:
            return None
        if node.tag == "ruby":
            return _ruby(node)
        if node.tag == "math":
            return f" {formula_text(node)} "
        return _raised(node)

    def target(self, link: LexborNode) -> str:
        """Return where a link leads, in parentheses; empty if that says nothing to a reader."""
        said = (link.attributes.get("href") or "").strip()
        where = _absolute(said, self._base)
        if not where or len(where) > _LONGEST_TARGET:
            return ""
        words = "".join(link.text().split())
        shown = re.sub(r"^(?:mailto|tel):", "", where, flags=re.IGNORECASE).partition("?")[0]
        shown = where if where.lower().startswith(("http", "ftp")) else shown
        bare = re.sub(r"^\w+://", "", shown).rstrip("/")
        return f" ({shown})" if words and bare not in words else ""


def _absolute(said: str, base: str) -> str:
    if _ABSOLUTE.fullmatch(said):
        return said
    if not _FILE.fullmatch(said) or ":" in said.partition("/")[0]:
        return ""
    try:
        return urljoin(base, said) if base else said
    except ValueError:
        return ""


def _ruby(node: LexborNode) -> str:
    """Return the words and then their reading, so that the words stay whole."""
    words: list[str] = []
    reading: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.tag == "-text":
            inside = inner.parent.tag if inner.parent is not None else ""
            if inside == "rt":
                reading.append((inner.text_content or "").strip())
            elif inside not in {"rp", "rtc"}:
                words.append(inner.text_content or "")
    read = "".join(reading)
    return "".join(word.strip() for word in words) + (f"({read})" if read else "")


def _raised(node: LexborNode) -> str | None:
    """Return a number above the line as such, and that of a note in brackets."""
    said = node.text().strip()
    if not said.isascii() or not said.strip("[]()"):
        return None
    if node.css_first('a[href^="#"]') is not None:
        return f" [{said.strip('[]()')}]"
    return said.translate(_RAISED) if _RAISABLE.fullmatch(said) else None
