"""What an answer rests on beside its conversation: what files and knowledge bases say to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import NamedTuple

from api.errors import NotFoundError
from api.services.accounts.records import Principal
from api.services.stores.knowledge_records import Gathered, GatheredFile, Passage
from api.services.stores.passages import PassageService
from api.services.stores.references import Form, Reference, is_picture, references_of, shown_id
from api.services.webui.querying import Queries, QueryingService
from api.services.webui.records import Grounds, Tree

WITHOUT = "The answer does without it."

URL = "url"
"""What clients call pages of the web that are no files here."""

Item = Mapping[str, object]

FILES = "files"
"""Where chats, messages and folders have what they refer to."""


class Wished(NamedTuple):
    """What is to be read, and by whose rights."""

    reader: Principal
    references: Sequence[Reference]


class GroundingService:
    """Reads what a question refers to, and tells models of it."""

    def __init__(self, passages: PassageService, querying: QueryingService, prompt: str) -> None:
        """Initialize with the parts; the prompt says how models are to use passages."""
        self.passages = passages
        self.querying = querying
        self.prompt = prompt

    def ground(
        self, queries: Queries, wished: Sequence[Wished], more: Sequence[Gathered] = ()
    ) -> Grounds | None:
        """Return what references say to a question, and `more` after them; None for neither.

        With `more` people have been told already what was searched for.
        """
        found = [self.gather(one, queries) for one in wished if one.references]
        told = () if more else queries.told
        return self.grounds(together([*found, *more]), told) if found or more else None

    def gather(self, wished: Wished, queries: Queries) -> Gathered:
        """Return what is read for a question."""
        try:
            return self.gathered(wished, queries)
        except NotFoundError:  # something was deleted meanwhile, which is known now
            return self.gathered(wished, queries)

    def gathered(self, wished: Wished, queries: Queries) -> Gathered:
        """Return what is read; raises NotFoundError for what goes meanwhile."""
        found = self.passages.read(*wished)
        return self.passages.gather(wished.reader, found, queries() if found.is_searched() else ())

    def grounds(self, found: Gathered, queries: Sequence[str]) -> Grounds:
        """Return what was found as clients show it, and as a model is told it."""
        return Grounds(sources_of(found), found.remarks, self.told(found), queries=queries)

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


def as_source(number: int, file: GatheredFile) -> str:
    """Return what is known of a file as models are told it."""
    named = f'id="{number}" name="{escape(file.name)}"'
    text = "\n\n".join(one.text for one in file.passages)
    return f"<source {named}{place_of(file)}>{unmarked(text)}</source>"


def place_of(file: GatheredFile) -> str:
    """Return where something is as models are told it: here, or a page of the web."""
    identity = shown_id(file.file_id) if file.file_id else escape(file.url)
    return f' resource-type="{shown_form(file)}" resource-id="{identity}"' if identity else ""


def unmarked(text: str) -> str:
    """Return a text in which nothing ends a source or the context."""
    return text.replace("</source", "< /source").replace("</context", "< /context")


def sources_of(found: Gathered) -> list[Item]:
    """Return what was found as clients show it; the number of each is its place."""
    return [source_of(one) for one in found.files]


def source_of(file: GatheredFile) -> Item:
    """Return what was found of a file."""
    kind = shown_form(file)
    name = file.name if kind == URL else file.url or file.name
    identity = {"id": shown_id(file.file_id)} if file.file_id else {}
    place = {"url": file.url} if file.url else {}
    return {
        "source": {"type": kind, **identity, "name": name, **place},
        "document": [one.text for one in file.passages],
        "metadata": [metadata_of(file, one) for one in file.passages],
        "distances": [round(one.similarity, 4) for one in file.passages],
    }


def shown_form(file: GatheredFile) -> str:
    """Return what something is as clients see it: without an id a page of the web, or a text."""
    if file.file_id:
        return file.form.value
    return URL if file.url else Form.TEXT.value


def metadata_of(file: GatheredFile, passage: Passage) -> Item:
    """Return what is known of a passage."""
    found: dict[str, object] = {"name": file.url or file.name, "source": file.name}
    if file.form is Form.FILE and file.file_id:
        found |= {"file_id": shown_id(file.file_id), "source": shown_id(file.file_id)}
        found["knowledge_id"] = shown_id(file.dataset_id)
    elif file.url:
        # Clients show what is no address of the web as the name, and take the same for one source.
        found |= {"name": file.name, "url": file.url}
    if passage.page:
        found["page"] = passage.page
    return found


def statuses(grounds: Grounds) -> list[Item]:
    """Return what clients show above an answer: queries, what is missing, and what is there."""
    said: list[Item] = []
    if grounds.queries:
        said.append({"action": "queries_generated", "queries": [*grounds.queries], "done": False})
    said += [{"description": f"{one} {WITHOUT}", "done": True} for one in grounds.remarks]
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
    """Return all that a question in a chat refers to: what it names, and what the chat has.

    Pictures of messages are shown, and not read.
    """
    of_messages = [one for message in tree.branch() for one in files_of(message.body)]
    read = (one for one in of_messages if not is_picture(one))
    items = [*asked, *(one for body in bodies for one in files_of(body)), *read]
    return tuple(references_of(items))


def files_of(body: Item) -> list[object]:
    """Return what a chat, a message or a folder refers to."""
    found = body.get(FILES)
    return found if isinstance(found, list) else []
