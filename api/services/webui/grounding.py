"""What an answer rests on beside its conversation: what files and knowledge bases say to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import NamedTuple

from api.services.accounts.records import Principal
from api.services.stores.knowledge_records import Gathered, GatheredFile, Passage
from api.services.stores.passages import PassageService
from api.services.stores.references import Form, Reference, references_of, shown_id
from api.services.webui.records import Grounds, Tree, Turn

WITHOUT = "The answer does without it."

Item = Mapping[str, object]

FILES = "files"
"""Where chats, messages and folders have what they refer to."""


class Wished(NamedTuple):
    """What is to be read, and by whose rights."""

    reader: Principal
    references: Sequence[Reference]


class GroundingService:
    """Reads what a question refers to, and tells models of it."""

    def __init__(self, passages: PassageService, prompt: str) -> None:
        """Initialize with what finds passages, and how models are told to use them."""
        self.passages = passages
        self.prompt = prompt

    def ground(self, wished: Sequence[Wished], messages: Sequence[Turn]) -> Grounds | None:
        """Return what references say to the last question of some messages, if there are any."""
        question = asked_last(messages)
        found = [self.passages.gather(*one, question) for one in wished if one.references]
        return self.grounds(together(found)) if found else None

    def grounds(self, found: Gathered) -> Grounds:
        """Return what was found as clients show it, and as a model is told it."""
        return Grounds(sources_of(found), found.remarks, self.told(found))

    def told(self, found: Gathered) -> str:
        """Return what a model is told; empty where nothing was found."""
        if not found.files:
            return ""
        named = (as_source(number, one) for number, one in enumerate(found.files, 1))
        return "\n".join((self.prompt, "<context>", *named, "</context>"))


def together(found: Sequence[Gathered]) -> Gathered:
    """Return what was found at several times as one."""
    files = tuple(file for one in found for file in one.files)
    return Gathered(files, tuple(remark for one in found for remark in one.remarks))


def asked_last(messages: Sequence[Turn]) -> str:
    """Return the text of the last message of a person."""
    for one in reversed(messages):
        if one.get("role") == "user":
            return text_of(one.get("content"))
    return ""


def text_of(content: object) -> str:
    """Return the text of a message, which may come in parts."""
    if not isinstance(content, list):
        return str(content or "")
    parts = (part.get("text") for part in content if isinstance(part, Mapping))
    return "\n".join(str(part) for part in parts if part)


def both(first: str, second: str) -> str:
    """Return two things that a model is told, of which either may be empty."""
    return "\n\n".join(filter(None, (first, second)))


def with_context(messages: Sequence[Turn], context: str) -> list[Turn]:
    """Return messages in which the last one of a person begins with what is known of it."""
    told = list(messages)
    for at in range(len(told) - 1, -1, -1):
        if context and told[at].get("role") == "user":
            content = told[at].get("content")
            first = {"type": "text", "text": context}
            said = [first, *content] if isinstance(content, list) else f"{context}\n\n{content}"
            told[at] = {**told[at], "content": said}
            break
    return told


def as_source(number: int, file: GatheredFile) -> str:
    """Return what is known of a file as models are told it."""
    named = f'id="{number}" name="{escape(file.name)}"'
    kind = shown_form(file).value
    place = (
        f' resource-type="{kind}" resource-id="{shown_id(file.file_id)}"' if file.file_id else ""
    )
    text = "\n\n".join(one.text for one in file.passages)
    return f"<source {named}{place}>{unmarked(text)}</source>"


def unmarked(text: str) -> str:
    """Return a text in which nothing ends a source or the context."""
    return text.replace("</source", "< /source").replace("</context", "< /context")


def sources_of(found: Gathered) -> list[Item]:
    """Return what was found as clients show it; the number of each is its place."""
    return [source_of(one) for one in found.files]


def source_of(file: GatheredFile) -> Item:
    """Return what was found of a file."""
    identity = {"id": shown_id(file.file_id)} if file.file_id else {}
    place = {"url": file.url} if file.url else {}
    return {
        "source": {
            "type": shown_form(file).value,
            **identity,
            "name": file.url or file.name,
            **place,
        },
        "document": [one.text for one in file.passages],
        "metadata": [metadata_of(file, one) for one in file.passages],
        "distances": [round(one.similarity, 4) for one in file.passages],
    }


def shown_form(file: GatheredFile) -> Form:
    """Return what something is as clients see it: what has no id is a text."""
    return file.form if file.file_id else Form.TEXT


def metadata_of(file: GatheredFile, passage: Passage) -> Item:
    """Return what is known of a passage."""
    found: dict[str, object] = {"name": file.url or file.name, "source": file.name}
    if file.form is Form.FILE and file.file_id:
        found |= {"file_id": shown_id(file.file_id), "source": shown_id(file.file_id)}
        found["knowledge_id"] = shown_id(file.dataset_id)
    if passage.page:
        found["page"] = passage.page
    return found


def statuses(grounds: Grounds) -> list[Item]:
    """Return what clients show above an answer: how many sources it has, and what is missing."""
    said: list[Item] = [
        {"description": f"{one} {WITHOUT}", "done": True} for one in grounds.remarks
    ]
    if not grounds.is_searched:
        return said
    return [*said, {"action": "sources_retrieved", "count": len(grounds.sources), "done": True}]


def with_remarks(grounds: Grounds | None, remarks: Sequence[str]) -> Grounds | None:
    """Return what was found for a question with what else is missing."""
    if not remarks:
        return grounds
    known = grounds or Grounds((), (), "", is_searched=False)
    return replace(known, remarks=(*known.remarks, *remarks))


def in_chat(tree: Tree, bodies: Iterable[Item], asked: Iterable[object]) -> tuple[Reference, ...]:
    """Return all that a question in a chat refers to: what it names, and what the chat has."""
    items = [*asked]
    for body in (*bodies, *(message.body for message in tree.branch())):
        files = body.get(FILES)
        items += files if isinstance(files, list) else []
    return tuple(references_of(items))
