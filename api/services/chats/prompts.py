"""The texts of prompts, which lie in `conf/prompts` so that an operator can change them."""

from dataclasses import dataclass
from pathlib import Path

from api.errors import StartError


@dataclass(frozen=True, slots=True)
class Prompts:
    """A new assistant's system prompt and opener, and how a model is told to do what else."""

    assistant: str
    opener: str
    citations: str
    related_questions: str
    outline: str


def read_prompts(folder: Path) -> Prompts:
    """Read the prompts; raises StartError that names a file which is missing."""
    return Prompts(
        assistant=read_text(folder / "assistant.md"),
        opener=read_text(folder / "opener.md"),
        citations=read_text(folder / "citations.md"),
        related_questions=read_text(folder / "related_questions.md"),
        outline=read_text(folder / "outline.md"),
    )


def read_text(path: Path) -> str:
    """Return a file's text without space around it."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"The prompt {path} cannot be read: {error}") from error
