"""What may be sent as a key: whatever fits a header of HTTP and cannot break out of it."""

import re

_KEY = re.compile(r"[\x20-\x7e\xa0-\xff]*")


def is_key(text: str) -> bool:
    """Return whether a text is Latin-1 without control characters, line breaks among them."""
    return _KEY.fullmatch(text) is not None
