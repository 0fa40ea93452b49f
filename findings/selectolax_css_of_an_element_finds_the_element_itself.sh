#!/usr/bin/env bash
# selectolax, parser Lexbor: `element.css(selector)` looks at the element itself, too, and judges it by its ancestors
# outside. The DOM's querySelectorAll of an element, and what lxml, BeautifulSoup and parsel make of the same selector,
# return what is below it alone. So "does this table hold another table", asked as `table.css("table table")`, is true of
# each inner table, and `p.css("p")` is never empty. What helps: leave the element out by its `mem_id`.
#
# Seen with selectolax 1.0.2 and BeautifulSoup 4.15.0 (soupsieve 2.9), CPython 3.11.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check selectolax==1.0.2 beautifulsoup4==4.15.0 soupsieve==2.9
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser

PAGE = "<div id=a><p id=b>outside</p><table id=outer><tr><td><table id=inner><tr><td>x</table></table></div>"


def lexbor(where, selector):
    """Return the ids that selectolax finds from an element."""
    [element] = LexborHTMLParser(PAGE).css(where)
    return [found.attributes.get("id") for found in element.css(selector)]


def soup(where, selector):
    """Return the ids that BeautifulSoup finds from an element."""
    return [found.get("id") for found in BeautifulSoup(PAGE, "html.parser").select_one(where).select(selector)]


asked = [("#inner", "table table"), ("#inner", "table"), ("#b", "p"), ("#b", "div p")]
print("selectolax", version("selectolax"), "BeautifulSoup", version("beautifulsoup4"))
answers = {}
for where, selector in asked:
    answers[where, selector] = lexbor(where, selector), soup(where, selector)
    print(f"from {where}, {selector!r}: selectolax {answers[where, selector][0]}, BeautifulSoup {answers[where, selector][1]}")
if any(found != ([where[1:]], []) for (where, _), found in answers.items()):
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
