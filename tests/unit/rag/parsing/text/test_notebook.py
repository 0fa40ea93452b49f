"""Notebooks, and documents that editors keep as JSON."""

import base64
import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from rag.types import Block

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
PICTURE = base64.b64encode(bytes(range(256)) * 8).decode()


def notebook(*cells: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": list(cells), **more}).encode()


def shown(**data: Any) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "data": {k.replace("_", "/"): v for k, v in data.items()},
    }


def test_cells_are_words_and_code_with_what_came_out(blocks_of: BlocksOf) -> None:
    data = notebook(
        {
            "cell_type": "markdown",
            "source": ["# Churn\n", f"![x](data:image/png;base64,{PICTURE})"],
        },
        {
            "cell_type": "code",
            "source": ["frame = read('x.csv')\n", "    frame.head()"],
            "outputs": [
                {"output_type": "stream", "text": ["\x1b[31maccuracy\x1b[0m 0.91\n"]},
                shown(image_png=PICTURE, text_plain="<Figure size 640x480>"),
                shown(
                    text_plain="   a\n0  1", text_html="<table><tr><th>a<th>b<tr><td>1<td>2</table>"
                ),
                shown(text_plain="[1, 2]"),
                {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["x"]},
            ],
        },
        {"cell_type": "raw", "source": "as it is"},
        {"cell_type": "code", "source": "", "outputs": []},
    )
    found = [(block.kind.value, block.text) for block in blocks_of("a.ipynb", data)]
    assert found == [
        ("heading", "Churn"),
        ("text", "![x]"),
        ("code", "frame = read('x.csv')\n    frame.head()"),
        ("code", "accuracy 0.91"),
        ("row", "a: 1; b: 2"),
        ("code", "[1, 2]"),
        ("text", "ValueError: no"),
        ("text", "as it is"),
    ]


def test_notebooks_of_the_third_version_are_read(texts_of: TextsOf) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Part"]},
        {
            "cell_type": "code",
            "input": ["a = 1"],
            "outputs": [{"output_type": "pyout", "text": ["1"], "png": PICTURE}],
        },
    ]
    data = {"nbformat": 3, "worksheets": [{"cells": cells}]}
    assert texts_of("a.ipynb", json.dumps(data).encode()) == ["Part", "a = 1", "1"]


@pytest.mark.parametrize(
    "document",
    [
        {"nbformat": 4, "cells": "x"},
        {"nbformat": 4, "cells": [1, {"cell_type": "code", "outputs": "x"}]},
        {"nbformat": 3, "worksheets": "x"},
        {
            "nbformat": 4,
            "cells": [{"cell_type": "code", "outputs": [1, {"data": 1}]}],
        },
    ],
)
def test_a_notebook_of_another_form_yields_nothing(texts_of: TextsOf, document: Any) -> None:
    assert texts_of("a.ipynb", json.dumps(document).encode()) == []


def text_node(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def node(kind: str, *content: Any, **attributes: Any) -> dict[str, Any]:
    if kind == "text":
        return {"type": "text", "text": content[0], **attributes}
    return {"type": kind, "attrs": attributes, "content": list(content)}


def test_a_note_is_read_as_it_is_meant(blocks_of: BlocksOf) -> None:
    link = [{"type": "link", "attrs": {"href": "https://example.org/"}}]
    tree = node(
        "doc",
        node("heading", node("text", "Notes"), level=2),
        node(
            "paragraph", node("text", "See "), node("text", "docs", marks=link), node("text", ".")
        ),
        node(
            "ordered_list",
            node("list_item", node("paragraph", node("text", "first"))),
            node("list_item", node("paragraph", node("text", "second"))),
            order=3,
        ),
        node("bulletList", node("listItem", node("paragraph", node("text", "dot")))),
        node("code_block", node("text", "  x = 1")),
        node(
            "table",
            node("table_row", *(node("table_header", node("text", t)) for t in ("Name", "Value"))),
            node(
                "table_row",
                node("table_cell", node("paragraph", node("text", "a"))),
                node("table_cell", *(node("paragraph", node("text", t)) for t in ("1", "main"))),
            ),
        ),
        node("image", alt="A plan"),
        node("paragraph"),
    )
    for document in ({"version": 1, "doc": tree}, tree):
        found = blocks_of("a.boxnote", json.dumps(document).encode())
        assert [(block.kind.value, block.level, block.text) for block in found] == [
            ("heading", 2, "Notes"),
            ("text", 0, "See docs (https://example.org/)."),
            ("text", 0, "3. first"),
            ("text", 0, "4. second"),
            ("text", 0, "- dot"),
            ("code", 0, "  x = 1"),
            ("row", 0, "Name: a; Value: 1 main"),
            ("text", 0, "A plan"),
        ]


def test_documents_of_other_editors_are_read(blocks_of: BlocksOf) -> None:
    lexical = {
        "root": {
            "type": "root",
            "children": [
                {"type": "heading", "tag": "h3", "children": [{"type": "text", "text": "Head"}]},
                {
                    "type": "paragraph",
                    "children": [
                        {"type": "text", "text": "One"},
                        {"type": "linebreak"},
                        {"type": "text", "text": "two"},
                    ],
                },
            ],
        }
    }
    quill = {
        "ops": [
            {"insert": "Head"},
            {"insert": "\n", "attributes": {"header": 3}},
            {"insert": {"image": "data:image/png;base64,AAAA"}},
            {"insert": "One\ntwo"},
        ]
    }
    editor = {
        "blocks": [
            {"type": "header", "data": {"text": "Head", "level": 3}},
            {"type": "paragraph", "data": {"text": "One <b>two</b>"}},
            {"type": "list", "data": {"items": ["a", {"content": "b"}]}},
            {"type": "code", "data": {"code": "x"}},
            {"type": "table", "data": {"content": [["k", "v"], ["1", "2"]]}},
        ]
    }
    assert [
        [(block.kind.value, block.text) for block in blocks_of("a.json", json.dumps(d).encode())]
        for d in (lexical, quill, editor, {"atext": {"text": "*a\nb"}})
    ] == [
        [("heading", "Head"), ("text", "One\ntwo")],
        [("heading", "Head"), ("text", "One"), ("text", "two")],
        [
            ("heading", "Head"),
            ("text", "One two"),
            ("text", "- a\n- b"),
            ("code", "x"),
            ("row", "k: 1; v: 2"),
        ],
        [("text", "- a\nb")],
    ]


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        ({"ops": "run", "x": 1}, ["ops: run\nx: 1"]),
        ({"ops": [{"insert": "a", "x": 1}, {"delete": 2}]}, ["ops[1].insert: a\nops[1].x: 1"]),
        ({"type": "doc", "content": "words"}, ["type: doc\ncontent: words"]),
        ({"blocks": [{"type": "a", "size": 1}, {"type": "b", "size": 2}]}, None),
    ],
)
def test_what_only_looks_like_such_a_document_is_data(
    texts_of: TextsOf, document: Any, texts: list[str] | None
) -> None:
    found = texts_of("a.json", json.dumps(document).encode())
    assert found[: len(texts or found)] == (texts or ["type: a; size: 1", "type: b; size: 2"])


def test_files_within_a_document_are_no_text(texts_of: TextsOf) -> None:
    document = {
        "name": "Ann",
        "photo": base64.b64encode(os.urandom(900)).decode(),
        "icon": "data:image/png;base64,AAAA",
        "id": "a" * 300,
        "hash": "deadbeef" * 8,
    }
    (text,) = texts_of("a.json", json.dumps(document).encode())
    assert text == f"name: Ann\nid: {'a' * 300}\nhash: {'deadbeef' * 8}"
