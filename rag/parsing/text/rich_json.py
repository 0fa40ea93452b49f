"""Documents that editors keep as JSON.

Trees of ProseMirror, Lexical and Slate (Box notes among them), changes of Quill, blocks of
Editor.js.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.parsing.rows import table_blocks
from rag.parsing.text.markdown import markdown_blocks
from rag.parsing.web.webpage import html_blocks
from rag.types import Block, BlockKind

Json = object
Node = Mapping[str, object]
_MOST_LEVEL = 6
_INLINE = frozenset({"text", "linebreak", "hardbreak", "mention", "emoji", "link", "autolink"})
_CONTAINERS = ("content", "children")


def _children(node: Node) -> list[Node]:
    for key in _CONTAINERS:
        found = node.get(key)
        if isinstance(found, list):
            return [child for child in found if isinstance(child, Mapping)]
    return []


def _kind(node: Node) -> str:
    return re.sub(r"[-_ ]", "", str(node.get("type") or "")).lower()


def _attributes(node: Node) -> Node:
    found = node.get("attrs")
    return found if isinstance(found, Mapping) else {}


def tree_of(document: Json) -> Node | None:
    """Return the root of the document that an editor keeps as a tree, if it is one."""
    if not isinstance(document, Mapping):
        return None
    for candidate in (document.get("doc"), document.get("root"), document):
        if isinstance(candidate, Mapping) and _kind(candidate) in {"doc", "root", "document"}:
            nodes = _children(candidate)
            if nodes and all("type" in node for node in nodes):
                return candidate
    return None


def _target(node: Node) -> str:
    said = node.get("url") or node.get("href")
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        if isinstance(mark, Mapping) and _kind(mark) == "link":
            said = _attributes(mark).get("href")
    said = said or _attributes(node).get("href")
    return f" ({said})" if isinstance(said, str) and said.startswith(("http", "mailto")) else ""


def _text(node: Node) -> str:
    """Return the running text of a node and of all that is in it; the parser bounds the depth."""
    kind = _kind(node)
    if kind in {"linebreak", "hardbreak"}:
        return "\n"
    if isinstance(node.get("text"), str):
        said = str(node["text"])
    elif children := _children(node):
        said = "".join(map(_text, children))
    else:
        attributes = _attributes(node)
        named = (attributes.get(key) for key in ("alt", "title", "label", "name", "text"))
        said = next((one for one in named if isinstance(one, str)), "")
    target = _target(node)
    return said + ("" if target.strip(" ()") in said else target)


def _level(node: Node) -> int:
    said = _attributes(node).get("level") or node.get("level") or node.get("tag") or "1"
    digits = re.sub(r"\D", "", str(said))[:1]
    return min(max(int(digits or 1), 1), _MOST_LEVEL)


def _is_inline(node: Node) -> bool:
    return _kind(node) in _INLINE or isinstance(node.get("text"), str)


def _cell(node: Node) -> str:
    parts = _children(node)
    if not parts or any(map(_is_inline, parts)):
        return _text(node).strip()
    return " ".join(filter(None, map(_cell, parts)))


def _table(node: Node) -> Iterator[Block]:
    rows = [child for child in _children(node) if "row" in _kind(child)]
    yield from table_blocks([[_cell(cell) for cell in _children(row)] for row in rows])


def _items(node: Node) -> Iterator[Block]:
    is_ordered = "ordered" in _kind(node) or node.get("listType") == "number"
    first = str(_attributes(node).get("order") or _attributes(node).get("start") or 1)
    number = int(first) if first.isdecimal() else 1
    for item in _children(node):
        mark = f"{number}. " if is_ordered else "- "
        number += 1
        for block in tree_blocks(item):
            yield Block(text=mark + block.text, kind=block.kind) if mark else block
            mark = ""


def tree_blocks(node: Node) -> Iterator[Block]:
    """Yield the blocks of a tree in reading order."""
    kind = _kind(node)
    children = _children(node)
    if "heading" in kind:
        yield from _said(_text(node).replace("\n", " "), BlockKind.HEADING, _level(node))
    elif "code" in kind:
        yield from _said(_text(node), BlockKind.CODE)
    elif kind == "table":
        yield from _table(node)
    elif kind.endswith("list"):
        yield from _items(node)
    elif not children or all(map(_is_inline, children)):
        yield from _said(_text(node))
    else:
        for child in children:
            yield from tree_blocks(child)


def _said(text: str, kind: BlockKind = BlockKind.TEXT, level: int = 0) -> Iterator[Block]:
    if text.strip():
        yield Block(
            text=text.strip("\n") if kind is BlockKind.CODE else text.strip(),
            kind=kind,
            level=level,
        )


def old_note(document: Json) -> str:
    """Return the text of a Box note in the form of before 2022; empty for anything else."""
    found = document.get("atext") if isinstance(document, Mapping) else None
    text = found.get("text") if isinstance(found, Mapping) else None
    return re.sub(r"^\*", "- ", text, flags=re.MULTILINE) if isinstance(text, str) else ""


def changes_of(document: Json) -> Sequence[Json] | None:
    """Return the changes that make a document of Quill, if it is one."""
    found = document.get("ops") if isinstance(document, Mapping) else None
    is_quill = isinstance(found, list) and all(
        isinstance(one, Mapping) and "insert" in one for one in found
    )
    return found if is_quill and found else None


def change_blocks(changes: Sequence[Json]) -> Iterator[Block]:
    """Yield the paragraphs that changes make."""
    text = ""
    for change in changes:
        said = change.get("insert") if isinstance(change, Mapping) else None
        attributes = change.get("attributes") if isinstance(change, Mapping) else None
        if not isinstance(said, str):
            continue
        head, *rest = said.split("\n")
        text += head
        for line in rest:
            header = attributes.get("header") if isinstance(attributes, Mapping) else None
            is_head = str(header) in {"1", "2", "3", "4", "5", "6"}
            kind = BlockKind.HEADING if is_head else BlockKind.TEXT
            yield from _said(text, kind, int(str(header)) if is_head else 0)
            text = line
    yield from _said(text)


def editor_blocks(document: Json) -> Iterator[Block] | None:
    """Return the blocks of a document of Editor.js, if it is one."""
    found = document.get("blocks") if isinstance(document, Mapping) else None
    is_editor = isinstance(found, list) and all(
        isinstance(one, Mapping) and isinstance(one.get("data"), Mapping) and "type" in one
        for one in found
    )
    return _editor(found) if is_editor and isinstance(found, list) and found else None


def _editor(blocks: Sequence[Node]) -> Iterator[Block]:
    for block in blocks:
        data = block["data"]
        data = data if isinstance(data, Mapping) else {}
        kind = _kind(block)
        if kind == "header":
            yield from _said(str(data.get("text") or ""), BlockKind.HEADING, _level(data))
        elif kind == "code":
            yield from _said(str(data.get("code") or ""), BlockKind.CODE)
        elif kind == "list":
            yield from _said("\n".join(f"- {item}" for item in _listed(data.get("items"))))
        elif isinstance(content := data.get("content"), list):
            yield from table_blocks(
                [[str(cell) for cell in row] for row in content if isinstance(row, list)]
            )
        else:
            yield from html_blocks(str(data.get("text") or data.get("caption") or ""))


def _listed(items: Json) -> Iterator[str]:
    for item in items if isinstance(items, list) else []:
        if isinstance(item, Mapping):
            yield str(item.get("content") or item.get("text") or "")
        else:
            yield str(item)


def rich_blocks(document: Json) -> Iterator[Block] | None:
    """Return the blocks of a document that an editor keeps as JSON, or None if it is not such."""
    if (tree := tree_of(document)) is not None:
        return tree_blocks(tree)
    if (changes := changes_of(document)) is not None:
        return change_blocks(changes)
    if text := old_note(document):
        return markdown_blocks(iter(text.split("\n")))
    return editor_blocks(document)
