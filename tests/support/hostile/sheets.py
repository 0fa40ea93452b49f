"""Workbooks that show one text in many cells, or a cell far away from all others."""

from collections.abc import Sequence

from tests.support.hostile.packages import RELATIONS, package, relations, times, words

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(sheets: Sequence[str], shared: str = "") -> bytes:
    """Return a workbook of sheets, given by their XML, and of one shared string."""
    numbers = range(1, len(sheets) + 1)
    marks = "".join(
        f'<sheet name="Sheet{number}" sheetId="{number}" r:id="r{number}"/>' for number in numbers
    )
    links = [(f"r{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    return package(
        {
            "_rels/.rels": relations([("r1", "officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{RELATIONS}"><sheets>{marks}'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(
                [*links, ("strings", "sharedStrings", "sharedStrings.xml")]
            ),
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"><si><t>{shared}</t></si></sst>',
            **{
                f"xl/worksheets/sheet{number}.xml": f'<worksheet xmlns="{_MAIN}">{sheet}'
                "</worksheet>"
                for number, sheet in enumerate(sheets, 1)
            },
        }
    )


def _row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def repeated_string(scale: float) -> bytes:
    """Show one string of 1 MB in 400 cells."""
    rows = "".join(
        _row(number, f'<c r="A{number}" t="s"><v>0</v></c>')
        for number in range(1, times(scale, 400) + 1)
    )
    return workbook([f"<sheetData>{rows}</sheetData>"], words(1024**2))


def merged_rows(scale: float) -> bytes:
    """Merge a cell of 1 MB over 400 rows."""
    last = times(scale, 400) + 1
    first = _row(1, '<c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c>')
    rows = "".join(_row(n, f'<c r="B{n}"><v>{n}</v></c>') for n in range(2, last + 1))
    merge = f'<mergeCells><mergeCell ref="A1:A{last}"/></mergeCells>'
    return workbook([f"<sheetData>{first}{rows}</sheetData>{merge}"], words(1024**2))


def _far(scale: float) -> str:
    last = times(scale, 1_000_000)
    near = _row(1, '<c r="A1"><v>1</v></c>')
    far = _row(last + 1, f'<c r="S{last + 1}"><v>2</v></c>')
    return f"<sheetData>{near}{far}</sheetData>"


def far_cell(scale: float) -> bytes:
    """Write two cells, a million rows and 18 columns apart."""
    return workbook([_far(scale)])


def far_cells(scale: float) -> bytes:
    """Write two sheets of two cells, a million rows and 18 columns apart."""
    return workbook([_far(scale)] * 2)
