"""Settings that are prompts with variables, which are written as Open WebUI writes them."""

import re
from typing import Annotated

from pydantic import AfterValidator

LONGEST = 10_000
"""Characters of a prompt: quoted it has room in every database."""

VARIABLE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)

PLAIN = (
    *("prompt", "USER_NAME", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_DATETIME"),
    *("CURRENT_WEEKDAY", "CURRENT_TIMEZONE", "TYPE"),
)
COUNTED = (
    *("MESSAGES:START", "MESSAGES:END", "MESSAGES:MIDDLETRUNCATE"),
    *("prompt:start", "prompt:end", "prompt:middletruncate"),
)
"""What a number follows: of messages, or of characters."""

NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
SHOWN = 64


def template(value: str) -> str:
    """Refuse a prompt that is too long, or has a variable that nothing stands for."""
    if len(value) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    for name in VARIABLE.findall(value):
        before, _, number = name.rpartition(":")
        if name not in PLAIN and not (before in COUNTED and NUMBER.fullmatch(number)):
            counted = (f"{one}:n" for one in COUNTED)
            known = ", ".join((*PLAIN, *counted))
            raise ValueError(f"{{{{{name[:SHOWN]}}}}} is no variable: there are {known}")
    return value.strip()


Template = Annotated[str, AfterValidator(template)]
