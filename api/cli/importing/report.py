"""What came of an import: how much was moved, what was there already, and what was left out."""

from collections import Counter
from dataclasses import dataclass, field

from api.cli.output import counted, say

NOUNS = (
    "account",
    "dataset",
    "document",
    "chunk",
    "assistant",
    "session",
    "folder",
    "conversation",
    "prompt",
    "group",
    "memory",
    "rating",
    "tool",
    "function",
)


@dataclass(frozen=True)
class LeftOut:
    """Something that did not come along, or not as it was; `what` names it."""

    what: str
    why: str


@dataclass
class Report:
    """What came of everything, by noun, and the contract that the other server speaks."""

    contract: str = ""

    moved: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    left_out: dict[LeftOut, None] = field(default_factory=dict)

    def leave_out(self, what: str, why: str) -> None:
        """Record something that does not come along, once for each reason."""
        self.left_out[LeftOut(what, why)] = None

    def as_json(self) -> dict[str, object]:
        """Return the report for programs."""
        left = [{"what": item.what, "why": item.why} for item in self.left_out]
        return {
            "contract": self.contract,
            "moved": dict(self.moved),
            "there_already": dict(self.there),
            "left_out": left,
        }

    def tell(self, *, dry_run: bool) -> None:
        """Print the report for people: what was left out first, then the sums."""
        for item in self.left_out:
            say(f"left out  {item.what}: {item.why}", err=True)
        verb = "Would move" if dry_run else "Moved"
        say(f"{verb} {summary(self.moved)}.")
        if self.there:
            say(f"There already: {summary(self.there)}.")


def summary(counts: Counter[str]) -> str:
    """Return how many of each there are."""
    told = [counted(counts[noun], noun) for noun in NOUNS if counts[noun]]
    return ", ".join(told) or "nothing"
