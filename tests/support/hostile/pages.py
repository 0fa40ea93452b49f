"""Web pages of cells over many rows and columns, and XML that nests deeply."""

from tests.support.hostile.packages import times, words


def tall_cells(scale: float) -> bytes:
    """Write 20 tables of 100 rows, with a cell of 1,800 letters over all of them."""
    first = f"<tr><td rowspan=100>{words(1800)}<td>x"
    table = f"<table>{first}{'<tr><td>x' * 99}</table>"
    return (table * times(scale, 20)).encode()


def square_cells(scale: float) -> bytes:
    """Write 20,000 cells of 28 bytes, each over 100 rows and 100 columns."""
    cells = "<td rowspan=100 colspan=100>x" * times(scale, 20_000)
    return f"<table><tr>{cells}{'<tr><td>y' * 99}</table>".encode()


def open_tag(scale: float) -> bytes:
    """Write one tag of 1 MB that is never closed."""
    return f"<p>text</p><{'a' * times(scale, 1024**2)}".encode()


def deep_xml(scale: float) -> bytes:
    """Nest elements 200 deep, in all 0.56 MB."""
    nest = (
        "".join(f"<e{n}>" for n in range(200))
        + "x"
        + "".join(f"</e{n}>" for n in reversed(range(200)))
    )
    return f"<root>{nest * times(scale, 560_000 // len(nest))}</root>".encode()


def entities(scale: float) -> bytes:
    """Write entities of entities, ten times each, nine deep."""
    names = "abcdefghij"[: max(2, min(times(scale, 10), 10))]
    declared = "".join(
        f'<!ENTITY {name} "{f"&{inner};" * 10}">'
        for name, inner in zip(names[1:], names, strict=False)
    )
    return (f'<!DOCTYPE root [<!ENTITY a "again">{declared}]><root>&{names[-1]};</root>').encode()
