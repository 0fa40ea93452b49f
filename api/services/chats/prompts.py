"""The texts of prompts, which lie in `conf/prompts` so that an operator can change them."""

from dataclasses import dataclass
from pathlib import Path

from api.services.models.prompts import read_prompt


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
        assistant=read_prompt("assistant", folder),
        opener=read_prompt("opener", folder),
        citations=read_prompt("citations", folder),
        related_questions=read_prompt("related_questions", folder),
        outline=read_prompt("outline", folder),
    )
