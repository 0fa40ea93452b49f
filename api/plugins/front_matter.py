"""What code says of itself before it is run: a head of names and values in its first docstring."""

import re
from importlib.metadata import PackageNotFoundError, distribution

DOCSTRING = re.compile(r'\A(?:\s|#[^\n]*\n)*[rR]?("""|\'\'\')(.*?)\1', re.DOTALL)
LINE = re.compile(r"^\s*([A-Za-z_][A-Za-z0-9_-]*)\s*:\s*(.*?)\s*$")
PACKAGE = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")

MOST_LINES = 100
LONGEST_VALUE = 100_000


def front_matter(content: str) -> dict[str, str]:
    """Return what a head says, by names in lower case."""
    found = DOCSTRING.match(content)
    lines = found[2].splitlines() if found else []
    pairs = (LINE.match(line) for line in lines[:MOST_LINES])
    return {pair[1].lower(): pair[2][:LONGEST_VALUE] for pair in pairs if pair}


def missing(requirements: str) -> list[str]:
    """Return the requirements of a list with commas whose packages are not installed."""
    return [one.strip() for one in requirements.split(",") if one.strip() and not is_there(one)]


def is_there(requirement: str) -> bool:
    """Return whether a package is installed, in whatever version."""
    name = PACKAGE.match(requirement)
    try:
        return bool(name and distribution(name[1]))
    except PackageNotFoundError:
        return False
