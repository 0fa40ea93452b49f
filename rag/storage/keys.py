"""The shape of an object's key; nothing that does not have it ever becomes a path."""

import re

_LONGEST = 512
"""Leaves room for a prefix in the 1,024 bytes that S3 takes as a name."""

_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}(?:/[A-Za-z0-9_-]{1,128}){0,7}")


def check_key(key: str) -> str:
    """Return `key` as it is: one to eight `/`-joined parts of letters, digits, `-`, `_`.

    It has at most 512 characters. Raises ValueError for anything else.
    """
    if len(key) > _LONGEST or not _KEY.fullmatch(key):
        raise ValueError(
            f"{key[:200]!r} is not the key of an object: use one to eight parts of 1 to 128"
            " letters, digits, '-' or '_', joined by '/', at most 512 characters in all."
        )
    return key
