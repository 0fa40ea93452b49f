"""What the pages of `docs/` say of each address, in the tables of their doors."""

import re
from collections.abc import Mapping
from pathlib import Path

ROW = re.compile(r"^\| ([A-Z, ]+) \| `(/\S*)` \| (\S.*\.) \|$", re.MULTILINE)


def sentences_of(folder: Path) -> Mapping[tuple[str, str], str]:
    """Return what is said of a method and an address; nothing where the pages are not there."""
    return {
        (method, rule): sentence
        for path in sorted(folder.glob("*.md"))
        for methods, rule, sentence in ROW.findall(path.read_text(encoding="utf-8"))
        for method in methods.split(", ")
    }
