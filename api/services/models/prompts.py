"""The texts that tell models what to do, which lie in `conf/prompts` for operators to change."""

from pathlib import Path

from api.config.places import SHIPPED
from api.errors import StartError

PROMPTS = SHIPPED / "conf" / "prompts"


def read_prompt(name: str, folder: Path = PROMPTS) -> str:
    """Return a prompt's text without space around it; raises StartError that names the file."""
    path = folder / f"{name}.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"The prompt {path} cannot be read: {error}") from error
