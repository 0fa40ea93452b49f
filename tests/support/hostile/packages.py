"""Office Open XML packages of parts given by name, with their relations."""

import io
import zipfile
from collections.abc import Iterable, Mapping

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of parts by name, packed as well as zip can."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for part, content in parts.items():
            # Without a time of its own a part would have the clock's, and no file the same bytes.
            archive.writestr(zipfile.ZipInfo(part), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def relations(links: Iterable[tuple[str, str, str]]) -> str:
    """Return a part of relations, each given as id, kind and target."""
    marks = "".join(
        f'<Relationship Id="{identity}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for identity, kind, target in links
    )
    return f"<Relationships>{marks}</Relationships>"


def chart(letters: int) -> str:
    """Return a chart whose title has this many letters."""
    return (
        f'<c:chartSpace xmlns:c="{CHART}" xmlns:a="{DRAWING}"><c:chart><c:title>'
        f"<a:t>{words(letters)}</a:t></c:title></c:chart></c:chartSpace>"
    )


def words(letters: int) -> str:
    """Return running text of this many letters, which packs very well."""
    return ("again and again the same few words. " * (letters // 36 + 1))[:letters]


def times(scale: float, number: int) -> int:
    """Return a number at a scale, at least 1."""
    return max(1, round(scale * number))
