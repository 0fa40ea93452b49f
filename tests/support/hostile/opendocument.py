"""OpenDocument files, flat, that say little and mean much."""

from tests.support.hostile.packages import times

_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "draw")
)


def _flat(body: str, kind: str) -> bytes:
    return (
        f"<office:document {_NAMES}><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document>"
    ).encode()


def deep_sections(scale: float) -> bytes:
    """Return sections within sections."""
    depth = times(scale, 10_000)
    return _flat("<text:section>" * depth + "<text:p>x</text:p>" * 10, "text")


def repeated_cells(scale: float) -> bytes:
    """Return rows of one cell each that says it is repeated for ever."""
    cell = '<table:table-cell table:number-columns-repeated="999999"/>'
    rows = f"<table:table-row><table:table-cell/>{cell}</table:table-row>"
    return _flat(f"<table:table>{rows * times(scale, 50_000)}</table:table>", "text")


def tall_cells(scale: float) -> bytes:
    """Return a table whose first row reaches down through all others."""
    first = '<table:table-cell table:number-rows-spanned="999999"><text:p>{}</text:p>'
    top = "".join(f"{first.format('word ' * 50)}</table:table-cell>" for _ in range(50))
    below = "<table:table-row>" + "<table:covered-table-cell/>" * 50 + "</table:table-row>"
    rows = f"<table:table-row>{top}</table:table-row>{below * times(scale, 20_000)}"
    return _flat(f"<table:table>{rows}</table:table>", "text")


def blanks(scale: float) -> bytes:
    """Return paragraphs of elements that stand for many blanks each."""
    paragraph = "<text:p>a" + '<text:s text:c="999999"/>' * 100 + "b</text:p>"
    return _flat(paragraph * times(scale, 5_000), "text")


def groups(scale: float) -> bytes:
    """Return a slide of groups within groups, with shapes in each."""
    shape = "<draw:frame><draw:text-box><text:p>x</text:p></draw:text-box></draw:frame>"
    body = f"<draw:g>{shape}" * times(scale, 10_000)
    return _flat(f"<draw:page>{body}</draw:page>", "presentation")
