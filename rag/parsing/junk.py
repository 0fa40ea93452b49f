"""Files that systems and office programs leave about, and nobody means."""

from pathlib import PurePosixPath

_JUNK_NAMES = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})


def is_junk(name: str) -> bool:
    """Return whether a file is one that systems and office programs leave about."""
    path = PurePosixPath(name.replace("\\", "/"))
    lower = path.name.lower()
    return (
        lower in _JUNK_NAMES
        or lower.startswith(("~$", "._", ".~lock."))
        or "__MACOSX" in path.parts
        or not lower
    )
