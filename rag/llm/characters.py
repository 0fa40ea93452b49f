"""Characters that arrive in halves."""

import re

SURROGATE = re.compile("[\ud800-\udfff]")


class Characters:
    """Joins the halves of characters that an endpoint which counts in UTF-16 has cut in two."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._half = ""

    def add(self, text: str) -> str:
        """Decode the next piece into whole characters, the missing ones marked as such."""
        text = self._half + text
        if not SURROGATE.search(text):
            return text
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        whole = text.removesuffix(self._half)
        return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
