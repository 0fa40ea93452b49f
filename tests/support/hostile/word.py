"""Word documents that say the same over and over, or unpack to very much."""

from tests.support.hostile.packages import chart, package, relations, times, words

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_HEAD = f'<w:document xmlns:w="{_NAMESPACE}" xmlns:wp="urn:wp"><w:body>'
_TAIL = "</w:body></w:document>"
_BOX = "<w:p><w:r><w:t>box</w:t></w:r><w:r><wp:inline><w:txbxContent>"
_BOX_END = "</w:txbxContent></wp:inline></w:r></w:p>"


def document(body: str, **parts: str) -> bytes:
    """Return a document of the XML inside its body and of parts by name, related as they say."""
    kinds = ((f"r{name}", name.rstrip("0123456789"), f"{name}.xml") for name in parts)
    return package(
        {
            "word/document.xml": f"{_HEAD}{body}{_TAIL}",
            "word/_rels/document.xml.rels": relations(kinds),
            **{f"word/{name}.xml": content for name, content in parts.items()},
        }
    )


def _paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def _cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{_paragraph(text)}</w:tc>"


def nested_boxes(scale: float) -> bytes:
    """Nest text boxes in inline drawings, 60 deep (62 is all that libxml takes)."""
    depth = min(times(scale, 60), 60)
    return document(_BOX * depth + _paragraph("innermost") + _BOX_END * depth)


def repeated_chart(scale: float) -> bytes:
    """Relate one chart of 15,000 letters 4,000 times."""
    links = [(f"r{number}", "chart", "chart.xml") for number in range(times(scale, 4000))]
    return package(
        {
            "word/document.xml": f"{_HEAD}{_paragraph('text')}{_TAIL}",
            "word/_rels/document.xml.rels": relations(links),
            "word/chart.xml": chart(15_000),
        }
    )


def headers(scale: float) -> bytes:
    """Write 70 headers of 0.7 MB, each packed to a thousandth."""
    text = words(714_000)
    parts = {
        f"header{number}": f'<w:hdr xmlns:w="{_NAMESPACE}">{_paragraph(f"{number} {text}")}</w:hdr>'
        for number in range(times(scale, 70))
    }
    return document(_paragraph("text"), **parts)


def merged_rows(scale: float) -> bytes:
    """Merge a cell of 30,000 letters over 2,000 rows."""
    cell = _cell(words(30_000), '<w:vMerge w:val="restart"/>')
    row = f"<w:tr>{_cell('', '<w:vMerge/>')}{_cell('a cell')}</w:tr>"
    rows = row * times(scale, 2000)
    return document(f"<w:tbl><w:tr>{cell}{_cell('first')}</w:tr>{rows}</w:tbl>")


def wide_cells(scale: float) -> bytes:
    """Write 2,000 rows of 60 cells over 100 columns each."""
    cell = _cell("", '<w:gridSpan w:val="100"/>')
    row = f"<w:tr>{cell * 60}</w:tr>"
    return document(f"<w:tbl>{row * times(scale, 2000)}</w:tbl>{_paragraph('text')}")


def long_paragraph(scale: float) -> bytes:
    """Write one paragraph of 30 MB of XML."""
    run = "<w:r><w:rPr><w:b/></w:rPr><w:t>some words </w:t></w:r>"
    return document(f"<w:p>{run * times(scale, 30 * 1024**2 // len(run))}</w:p>")


def repeated_paragraph(scale: float) -> bytes:
    """Repeat one paragraph to 10 MB of XML."""
    paragraph = _paragraph(words(120))
    return document(paragraph * times(scale, 10 * 1024**2 // len(paragraph)))


def packed_part(scale: float) -> bytes:
    """Write a part of 70 MB that is packed to a thousandth."""
    return document(_paragraph("text") + " " * times(scale, 70 * 1024**2))


def many_parts(scale: float) -> bytes:
    """Write 20,001 parts."""
    parts = {f"word/part{number}.xml": "" for number in range(times(scale, 20_001))}
    return package({"word/document.xml": f"{_HEAD}{_paragraph('text')}{_TAIL}", **parts})
