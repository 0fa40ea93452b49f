"""What chats refer to: files, knowledge bases, notes, chats and texts, as clients write it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from api.services.library.names import is_id


class Form(StrEnum):
    """What may be read for a question: a file, a knowledge base, a note, a chat, a given text."""

    FILE = "file"
    BASE = "collection"
    NOTE = "note"
    CHAT = "chat"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a chat refers to; `id` is that of a file, a dataset, a note or a chat, as it is kept.

    A text is given with it, and may be with a file for as long as that is still being read. With
    `is_whole` all that a file says is wanted.
    """

    form: Form
    id: str
    name: str
    is_whole: bool = False
    text: str = ""


FILE_COLLECTION = "file-"
"""What the name of a collection begins with that is one file."""

PICTURES = frozenset({"image"})
"""References that are parts of messages."""


def kept_id(given: object) -> str:
    """Return the id of something as it is kept, which clients write with dashes."""
    return str(given or "").replace("-", "").lower()


def shown_id(kept: str) -> str:
    """Return an id as clients have it: a UUID with dashes."""
    if not is_id(kept):
        return kept
    return f"{kept[:8]}-{kept[8:12]}-{kept[12:16]}-{kept[16:20]}-{kept[20:]}"


def of_collection(name: str, shown: str = "") -> Reference:
    """Return what the name of a collection means: a file, or a knowledge base."""
    if name.startswith(FILE_COLLECTION):
        return Reference(Form.FILE, kept_id(name.removeprefix(FILE_COLLECTION)), shown or name)
    return Reference(Form.BASE, kept_id(name), shown or name)


def references_of(items: Iterable[object]) -> list[Reference]:
    """Return what items of a chat refer to, each once; those that are not built are left out."""
    known: dict[tuple[str, str, str], Reference] = {}
    for one in (reference_of(item) for item in items if isinstance(item, Mapping)):
        if one is not None:
            known.setdefault((one.form, one.id, "" if one.id else one.text), one)
    return list(known.values())


def unbuilt_among(items: Iterable[object]) -> str:
    """Return the type of an item that cannot be read; empty where there is none."""
    for item in items:
        if not isinstance(item, Mapping):
            return "things that are no objects"
        if kind_of(item) not in PICTURES and reference_of(item) is None:
            return kind_of(item) or "things without a type"
    return ""


def pictures_in(items: object) -> tuple[str, ...]:
    """Return the pictures among the items of a message, as they are named: by data, or as files."""
    found = items if isinstance(items, list) else []
    named = (str(one.get("url") or one.get("id") or "") for one in found if is_picture(one))
    return tuple(filter(None, named))


def is_picture(item: object) -> bool:
    """Return whether an item of a message is a picture: by its type, or as a file."""
    if not isinstance(item, Mapping):
        return False
    if kind_of(item) != Form.FILE:
        return kind_of(item) in PICTURES
    file = item.get("file")
    meta = file.get("meta") if isinstance(file, Mapping) else None
    beside = meta.get("content_type") if isinstance(meta, Mapping) else None
    return str(item.get("content_type") or beside or "").startswith("image/")


def kind_of(item: Mapping[str, object]) -> str:
    """Return the type of an item; empty where it has none."""
    kind = item.get("type")
    return kind if isinstance(kind, str) else ""


def reference_of(item: Mapping[str, object]) -> Reference | None:
    """Return what an item of a chat refers to; None for one that is not built, or a picture."""
    kind, name = kind_of(item), str(item.get("name") or "")
    is_whole = item.get("context") == "full"
    file = item.get("file")
    file = file if isinstance(file, Mapping) else {}
    if kind == "collection" and item.get("id"):
        return Reference(Form.BASE, kept_id(item["id"]), name, is_whole)
    if kind in {Form.NOTE, Form.CHAT} and item.get("id"):
        title = name or str(item.get("title") or "")
        return Reference(Form(kind), kept_id(item["id"]), title)
    if kind == "file" and (found := item.get("id") or file.get("id")):
        return Reference(Form.FILE, kept_id(found), name, is_whole)
    if kind in {"text", "doc", "url"}:
        return replace(written(item, file, name), is_whole=is_whole) if name or file else None
    return None


def written(item: Mapping[str, object], file: Mapping[str, object], name: str) -> Reference:
    """Return what an item of a text or a page of the web refers to."""
    data = file.get("data")
    said = item.get("content") or (data.get("content") if isinstance(data, Mapping) else "")
    text = str(said or "")
    if collection := item.get("collection_name"):
        return replace(of_collection(str(collection), name), text=text)
    return Reference(Form.TEXT, "", name, text=text)
