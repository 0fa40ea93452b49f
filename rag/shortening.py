"""Long texts that would be repeated: names of columns, paths, cells that are merged."""

LONGEST_REPEATED = 500
"""How many characters of a text are repeated as they are."""

_KEPT = 100
_MARK = "..."


def shortened(text: str) -> str:
    """Return what is repeated of a text: all of it, or the first 100 characters of a long one."""
    return text if len(text) <= LONGEST_REPEATED else text[:_KEPT] + _MARK
