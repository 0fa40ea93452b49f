"""Small binary workbooks (xlsb), written record by record as MS-XLSB has them."""

import io
import struct
import zipfile
from collections.abc import Iterable

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Record = tuple[int, bytes]


def wide(text: str) -> bytes:
    """Return a text with its length before it."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def records(*found: Record) -> bytes:
    """Return records with their kinds and lengths before them."""
    return b"".join(_number(kind) + _number(len(data)) + data for kind, data in found)


def _number(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


def row(number: int, *, hidden: bool = False) -> Record:
    """Return the beginning of a row."""
    return 0, struct.pack("<IIHBB", number, 0, 300, 0, 0x10 if hidden else 0) + bytes(5)


def cell(kind: int, column: int, value: bytes, style: int = 0) -> Record:
    """Return a cell with its column."""
    return kind, struct.pack("<II", column, style) + value


def short(kind: int, value: bytes, style: int = 0) -> Record:
    """Return a cell that stands right of the one before."""
    return kind, struct.pack("<I", style) + value


def small(value: int, *, cents: bool = False) -> bytes:
    """Return an integer of 30 bits, or so many hundredths."""
    return struct.pack("<i", value << 2 | 2 | cents)


def relations(*found: tuple[str, str, bool]) -> str:
    """Return relations rId1, rId2, ... of a kind to a target, which may be outside."""
    lines = "".join(
        f'<Relationship Id="rId{place}" Type="{RELATIONS}/{kind}" Target="{target}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if outside else ''}/>"
        for place, (kind, target, outside) in enumerate(found, 1)
    )
    return f"<Relationships>{lines}</Relationships>"


def workbook(
    sheets: Iterable[tuple[str, int, bytes]],
    *,
    formats: Iterable[tuple[int, str]] = (),
    styles: Iterable[int] = (0,),
    texts: Iterable[str] = (),
    since_1904: bool = False,
    parts: dict[str, str | bytes] | None = None,
) -> bytes:
    """Return a workbook of sheets (name, state, records), with `parts` beside them."""
    named = list(sheets)
    bundle = [
        (156, struct.pack("<II", state, place) + wide(f"rId{place}") + wide(name))
        for place, (name, state, _) in enumerate(named, 1)
    ]
    files: dict[str, str | bytes] = {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.bin", False)),
        "xl/workbook.bin": records((153, struct.pack("<I", since_1904)), *bundle),
        "xl/_rels/workbook.bin.rels": relations(
            *(("worksheet", f"worksheets/sheet{n}.bin", False) for n in range(1, len(named) + 1)),
            ("styles", "styles.bin", False),
            ("sharedStrings", "sharedStrings.bin", False),
        ),
        "xl/styles.bin": records(
            *((44, struct.pack("<H", number) + wide(code)) for number, code in formats),
            (47, struct.pack("<HH", 0, 9)),
            (617, b""),
            *((47, struct.pack("<HH", 0, number)) for number in styles),
            (618, b""),
        ),
        "xl/sharedStrings.bin": records(*((19, b"\0" + wide(text)) for text in texts)),
        **{f"xl/worksheets/sheet{n}.bin": data for n, (_, _, data) in enumerate(named, 1)},
        **(parts or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
