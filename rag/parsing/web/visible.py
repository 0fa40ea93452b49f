"""Which elements of a web page its readers see, and which of them are the page's own matter."""

import re
from collections.abc import Iterator
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

_DROPPED_TAGS = (
    "script style noscript template nav svg iframe object embed button select datalist -comment "
    "head canvas audio video ix:header rp"
)
_DROPPED = frozenset(_DROPPED_TAGS.split())
_FOUNDATION = frozenset({"html", "body", "main"})
_CONTENT = frozenset({"main", "article"})
_MOST_ANCESTORS = 64

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_OPEN_GROUP = re.compile(
    r"@(?:media\s+(?:only\s+)?(?:all|screen)\s*|layer\b.*|supports\b.*)", re.IGNORECASE
)
_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*([a-z-]+)", re.IGNORECASE)
_INVISIBLE = re.compile(
    r"(?:^|;)\s*(?:visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:!|;|$)|opacity\s*:\s*0?\.?0*\s*(?:!|;|$)"
    r"|mso-hide\s*:\s*all|(?:left|top|text-indent)\s*:\s*-\d{4,})",
    re.IGNORECASE,
)
_LONGEST_SHEET = 1 << 20
_LONGEST_STYLE = 4000
_MOST_SELECTORS = 200

_SITE_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar"})
_ASKING_ROLES = frozenset({"dialog", "alertdialog"})
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|skip-?(?:link|to-content|nav)|nav-?bar|site-?nav|main-?menu|"
    r"(?:site|page|global)-?(?:header|footer)|footer|top-?bar|social|shar(?:e|ing)|pagination|pager|"
    r"related-(?:posts|articles)|newsletter|side-?bar|advert(?:s|isement)?|back-to-top)(?:$|[\s_-])"
)
_CONSENT = re.compile(
    r"cookie|consent|gdpr|onetrust|didomi|usercentrics|(?:^|[\s_-])(?:cmp|cc-window|ccpa)(?:$|[\s_-])"
)
_LONGEST_NOTICE = 2500
_LONGEST_FURNITURE = 4000
_MOST_LOOKS = 300


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the selectors and the declarations of the rules that hold on a screen."""
    sheet = _COMMENT.sub(" ", sheet[:_LONGEST_SHEET])
    place = 0
    while (brace := sheet.find("{", place)) >= 0:
        selectors = sheet[place:brace].rpartition(";")[2].strip("} \t\r\n")
        if selectors.startswith("@"):
            is_open = _OPEN_GROUP.fullmatch(selectors)
            place = brace + 1 if is_open else _after_group(sheet, brace)
            continue
        end = sheet.find("}", brace)
        if end < 0:
            return
        yield selectors, sheet[brace + 1 : end]
        place = end + 1


def _after_group(sheet: str, brace: int) -> int:
    depth = 0
    for found in re.compile(r"[{}]").finditer(sheet, brace):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return found.end()
    return len(sheet)


def _hides(declarations: str) -> bool | None:
    """Return whether declarations hide an element (True) or show it (False); None says neither."""
    if _INVISIBLE.search(declarations):
        return True
    shown = _DISPLAY.findall(declarations)
    return shown[-1].lower() == "none" if shown else None


@lru_cache(maxsize=256)
def _hides_inline(style: str) -> bool | None:
    """Return what `_hides` does of the style of an element: a page has few, again and again."""
    return _hides(style)


@lru_cache(maxsize=256)
def _named(names: str) -> tuple[bool, bool]:
    """Return whether the names of an element are those of a notice that asks, or of furniture."""
    return bool(_CONSENT.search(names)), bool(_FURNITURE.search(names))


def hidden_by_sheets(tree: LexborHTMLParser) -> frozenset[int]:
    """Return the ids of the elements that the page's own style sheets hide."""
    hidden: set[int] = set()
    looks = 0
    for style in tree.css("style"):
        if (style.attributes.get("media") or "all").strip().lower() not in {"all", "screen"}:
            continue
        for selectors, declarations in _rules(style.text()):
            verdict = _hides(declarations)
            if verdict is None or (verdict is False and not hidden):
                continue
            for selector in selectors.split(","):
                looks += 1
                if looks > _MOST_SELECTORS:
                    return frozenset(hidden)
                found = _matched(tree, selector)
                hidden = hidden | found if verdict else hidden - found
    return frozenset(hidden)


def _matched(tree: LexborHTMLParser, selector: str) -> set[int]:
    # What a state decides on (`:hover`, `:checked`) is not known of a page at rest.
    if ":" in selector or not selector.strip():
        return set()
    try:
        return {node.mem_id for node in tree.css(selector)}
    except (SelectolaxError, ValueError):
        return set()


def _is_true(value: str | None) -> bool:
    return (value or "").strip().lower() == "true"


class Visible:
    """Tells what of a page is left out: what is hidden, and what belongs to the site around it.

    `sheets` applies the page's style sheets, `furniture` leaves out heads, feet, menus and notices.
    """

    def __init__(self, tree: LexborHTMLParser, *, sheets: bool, furniture: bool) -> None:
        """Look at the style sheets."""
        self._hidden = hidden_by_sheets(tree) if sheets else frozenset()
        self._furniture = furniture
        self._has_main = tree.css_first("main, [role=main], article") is not None
        self._looks = 0

    def drops(self, node: LexborNode) -> bool:
        """Return whether a node is left out with all that is in it."""
        tag = node.tag or ""
        if tag in _DROPPED:
            return self._furniture or tag != "nav"
        if tag.startswith("-"):
            return False
        attributes = node.attributes
        if not attributes and tag not in {"header", "footer", "aside", "dialog"}:
            return False
        return self._is_hidden(node, tag, attributes) or (
            self._furniture and self._is_furniture(node, tag, attributes)
        )

    def _is_hidden(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
        if tag in _FOUNDATION:
            return False
        if "hidden" in attributes and (attributes["hidden"] or "").lower() != "until-found":
            return True
        if tag == "dialog" and "open" not in attributes:
            return True
        if _is_true(attributes.get("aria-hidden")):
            return True
        inline = _hides_inline((attributes.get("style") or "")[:_LONGEST_STYLE])
        return node.mem_id in self._hidden if inline is None else inline

    def _is_furniture(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
        role = (attributes.get("role") or "").lower()
        names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".lower()
        asks, furnishes = _named(names[:_LONGEST_STYLE])
        is_asking = role in _ASKING_ROLES or asks
        is_site = tag in {"header", "footer"} or role in _SITE_ROLES
        is_beside = tag == "aside" or role == "complementary" or furnishes
        if not (is_asking or is_site or is_beside) or tag in _FOUNDATION or tag in _CONTENT:
            return False
        if _is_in_content(node):
            return False
        self._looks += 1
        if self._looks > _MOST_LOOKS or _holds_content(node):
            return False
        if is_asking:
            return _length(node) <= _LONGEST_NOTICE
        if is_site:
            return tag != "header" or node.css_first("h1") is None or self._has_main
        return self._has_main and _length(node) <= _LONGEST_FURNITURE


def _length(node: LexborNode) -> int:
    return len(node.text())


def _is_in_content(node: LexborNode) -> bool:
    """Return whether an element stands in the page's own matter, or in a part of it."""
    parent = node.parent
    for _ in range(_MOST_ANCESTORS):
        if parent is None:
            return False
        if parent.tag in _CONTENT or (parent.attributes.get("role") or "") == "main":
            return True
        parent = parent.parent
    return True


def _holds_content(node: LexborNode) -> bool:
    return node.css_first("main, article, [role=main]") is not None
