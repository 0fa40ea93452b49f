"""What a reader has to say of a file beside its text: what was left out, and why."""

from collections.abc import Iterator

from rag.types import Page

_NAMED = 10


class Notes:
    """Remarks on a file, told in its last page; the same remark is told once, with the places."""

    def __init__(self) -> None:
        """Begin without any."""
        self._remarks: dict[str, list[str]] = {}

    def add(self, remark: str, place: str = "") -> None:
        """Record a remark, and the place in the file that it is about."""
        places = self._remarks.setdefault(remark, [])
        if place and place not in places and len(places) < _NAMED:
            places.append(place)

    def text(self) -> str:
        """Return all remarks as a sentence each."""
        told = [
            f"{remark}: {', '.join(places)}" if places else remark
            for remark, places in self._remarks.items()
        ]
        return "; ".join(told)


def with_notes(pages: Iterator[Page], notes: Notes) -> Iterator[Page]:
    """Yield pages, and the remarks in one more if there are any in the end."""
    number = 0
    for page in pages:
        number = page.number
        yield page
    if text := notes.text():
        yield Page(number=number + 1, total=0, blocks=(), note=text)
