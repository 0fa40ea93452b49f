"""The delimiter setting: which characters may end a piece, and which runs must end a chunk."""

import re
from dataclasses import dataclass
from itertools import pairwise

_ESCAPES = {r"\n": "\n", r"\r": "\r", r"\t": "\t", r"\\": "\\"}
_ESCAPE = re.compile(r"\\[nrt\\]")
# As in 1,249.50 and e-mail.
_NOT_IN_A_WORD = r"(?!(?<=[.,:'’_/@-])\w)"
_RUN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Delimiters:
    """Compiled delimiters; None where the setting names none of that kind.

    `soft` matches a run of single-character delimiters, which are `singles`, `hard` one of the
    runs in backticks.
    """

    singles: str
    soft: re.Pattern[str] | None
    hard: re.Pattern[str] | None

    def pieces(self, text: str) -> list[str]:
        """Split a text after each run of soft delimiters; joined, the pieces are the text."""
        if self.soft is None:
            return [text]
        # Most texts have no line break within: asking for one is far less than looking for runs.
        if not any(map(text.__contains__, self.singles)):
            return [text] if text else []
        return slices(text, self.soft)

    def sections(self, text: str) -> list[str]:
        """Split a text at the hard delimiters, which are left out."""
        return self.hard.split(text) if self.hard else [text]


def parse_delimiters(setting: str) -> Delimiters:
    """Read the `delimiter` of a parser configuration."""
    typed = _ESCAPE.sub(lambda match: _ESCAPES[match.group()], setting)
    # Longest first, so that of `#` and `##` the longer one wins where both match.
    runs = sorted(set(_RUN.findall(typed)), key=len, reverse=True)
    singles = "".join(sorted(set(_RUN.sub("", typed))))
    return Delimiters(
        singles=singles,
        soft=re.compile(f"[{re.escape(singles)}]+{_NOT_IN_A_WORD}") if singles else None,
        hard=re.compile("|".join(map(re.escape, runs))) if runs else None,
    )


def slices(text: str, boundary: re.Pattern[str]) -> list[str]:
    """Cut a text after each match of a pattern; joined, the parts are the text."""
    ends = [0, *(match.end() for match in boundary.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if start < end]
