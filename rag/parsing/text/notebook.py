"""Notebooks (ipynb): cells of words and of code, with what came out of them as text."""

import re
from collections.abc import Iterator, Mapping

from rag.parsing.text.markdown import markdown_blocks
from rag.parsing.text.plain import text_blocks
from rag.parsing.web.webpage import html_blocks
from rag.types import Block, BlockKind

Json = object
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_EMBEDDED = re.compile(r"\(?(?:data:|attachment:)[\w.+/-]*(?:;[\w=-]+)*(?:,[A-Za-z0-9+/=%]*)?\)?")
_REPR = re.compile(r"<[^<>]*>")
_MOST_OUTPUT = 20_000
"""Characters of what one cell has printed; logs of a training run go on for megabytes."""

_FORMS = ("text/markdown", "text/html", "text/latex", "text/plain")


def is_notebook(document: Json) -> bool:
    """Return whether a JSON document is a notebook."""
    return isinstance(document, Mapping) and (
        "nbformat" in document and ("cells" in document or "worksheets" in document)
    )


def _joined(value: Json) -> str:
    """Return a text that is kept as one string or as a list of lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _code(text: str) -> Iterator[Block]:
    if text.strip():
        yield Block(text=text.strip("\n"), kind=BlockKind.CODE)


def _markdown(text: str) -> Iterator[Block]:
    return markdown_blocks(iter(_EMBEDDED.sub("", text).split("\n")))


def _shown(data: Json) -> Iterator[Block]:
    """Yield the richest form in words of something that a cell has shown."""
    if not isinstance(data, Mapping):
        return
    is_picture = any(str(form).startswith("image/") for form in data)
    for form in _FORMS:
        text = _joined(data.get(form))[:_MOST_OUTPUT]
        if not text.strip() or (is_picture and _REPR.fullmatch(text.strip())):
            continue
        if form == "text/html":
            blocks = list(html_blocks(text))
        else:
            blocks = list(_markdown(text) if form == "text/markdown" else _code(text))
        if blocks:
            yield from blocks
            return


def _output(output: Json) -> Iterator[Block]:
    if not isinstance(output, Mapping):
        return
    kind = output.get("output_type")
    if kind in {"stream", "pyout_stream"}:
        yield from _code(_COLOURS.sub("", _joined(output.get("text"))[:_MOST_OUTPUT]))
    elif kind in {"error", "pyerr"}:
        yield Block(text=f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}")
    elif isinstance(output.get("data"), Mapping):
        yield from _shown(output["data"])
    else:
        # Notebooks of version 3 keep the forms beside each other.
        yield from _shown({f"text/{key}": output.get(key) for key in ("html", "latex")})
        yield from _code(_joined(output.get("text"))[:_MOST_OUTPUT])


def _cell(cell: Json) -> Iterator[Block]:
    if not isinstance(cell, Mapping):
        return
    kind = cell.get("cell_type")
    source = _joined(cell.get("source", cell.get("input")))
    if kind == "markdown":
        yield from _markdown(source)
    elif kind == "heading":
        said = str(cell.get("level"))
        level = int(said) if said in set("123456") else 1
        yield Block(text=" ".join(source.split()), kind=BlockKind.HEADING, level=level)
    elif kind == "code":
        yield from _code(source)
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            yield from _output(output)
    else:
        yield from text_blocks(source)


def notebook_blocks(document: Json) -> Iterator[Block]:
    """Yield the cells of a notebook in order."""
    if not isinstance(document, Mapping):
        return
    sheets = document.get("worksheets") or [document]
    for sheet in sheets if isinstance(sheets, list) else []:
        cells = sheet.get("cells") if isinstance(sheet, Mapping) else None
        for cell in cells if isinstance(cells, list) else []:
            yield from _cell(cell)
