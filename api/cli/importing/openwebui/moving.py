"""Moving everything, or saying what would be moved."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from api.cli.importing.openwebui.base import OpenWebui
from api.cli.importing.openwebui.belongings import Belongings, outer_first
from api.cli.importing.openwebui.conversations import TalkMove, own_id
from api.cli.importing.openwebui.knowledge import BaseMove
from api.cli.importing.openwebui.people import Owners, PersonMove
from api.cli.importing.progress import ItemProgress, wait_for
from api.errors import NotFoundError
from rag.parsing.registry import document_type

T = TypeVar("T")

NOUNS = ("people", "conversations", "knowledge", "prompts", "tools")
"""What may be moved alone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a server is to be moved; nothing means everything."""

    nouns: Collection[str] = ()

    def has(self, noun: str) -> bool:
        """Return whether something is to be moved."""
        return not self.nouns or noun in self.nouns


def move(source: OpenWebui, owners: Owners, wanted: Wanted, *, wait: bool) -> None:
    """Move people and groups first, as the rest is theirs; then what they have."""
    move_people(source, owners, wanted)
    belongings = Belongings(owners)
    bring_beside(source, belongings, wanted)
    if wanted.has("conversations"):
        move_talks(source, owners)
    if wanted.has("knowledge"):
        move_bases(source, owners, wait=wait)
    leave_out_others(source, owners)


def bring_beside(source: OpenWebui, belongings: Belongings, wanted: Wanted) -> None:
    """Bring what there is beside conversations and knowledge bases.

    Folders come before conversations, and groups before what is granted to them.
    """
    if wanted.has("people"):
        bring(source.groups(), belongings.group)
        bring(source.memories(), belongings.memory)
    if wanted.has("prompts"):
        bring(source.prompts(), belongings.prompt)
    if wanted.has("tools"):
        bring(source.tools(), belongings.tool)
        bring(source.functions(), belongings.function)
    if wanted.has("conversations"):
        bring(outer_first(list(source.folders())), belongings.folder)
        bring(source.ratings(), belongings.rating)


def bring(things: Iterable[T], take: Callable[[T], None]) -> None:
    """Bring one thing after the other."""
    for one in things:
        take(one)


def move_people(source: OpenWebui, owners: Owners, wanted: Wanted) -> None:
    """Make accounts; where none are wanted things go to those who have one here."""
    moved = PersonMove(owners)
    for person in source.people():
        if wanted.has("people"):
            moved.person(person)
        else:
            owners.find(person)
    moved.finish()


def move_talks(source: OpenWebui, owners: Owners) -> None:
    """Move conversations."""
    moved, rows = TalkMove(source, owners), list(source.talks())
    with ItemProgress(len(rows), "conversation") as progress:
        for row in rows:
            progress.begin(row.title)
            moved.talk(row)
            progress.done()


def move_bases(source: OpenWebui, owners: Owners, *, wait: bool) -> None:
    """Move knowledge bases with their files."""
    moved = BaseMove(source, owners)
    held = [(base, list(source.files(base.id))) for base in source.bases()]
    with ItemProgress(sum(len(files) for _, files in held), "document") as progress:
        for base, files in held:
            dataset_id = moved.base(base)
            for file in files:
                progress.begin(file.name)
                moved.file(base, dataset_id, file)
                progress.done()
    if wait:
        wait_for(moved)


def leave_out_others(source: OpenWebui, owners: Owners) -> None:
    """Report what there is beside all that."""
    for name, count in source.others():
        if count:
            owners.report.leave_out(f"{count} {name}", "they are not moved")


def plan(source: OpenWebui, owners: Owners, wanted: Wanted) -> None:
    """Report how much would be moved, what is here already, and what cannot come along."""
    report = owners.report
    people = PersonMove(owners)
    for person in source.people():
        if wanted.has("people"):
            people.plan(person)
        else:
            owners.find(person)
    bring_beside(source, Belongings(owners, keeps=False), wanted)
    if wanted.has("conversations"):
        moved = TalkMove(source, owners)
        for row in source.talks():
            (report.there if moved.here(row) else report.moved)["conversation"] += 1
    if wanted.has("knowledge"):
        plan_bases(source, owners)
    leave_out_others(source, owners)


def plan_bases(source: OpenWebui, owners: Owners) -> None:
    """Report what would become of knowledge bases and their files."""
    library, report = owners.services.library, owners.report
    moved = BaseMove(source, owners)
    for base in source.bases():
        try:
            library.datasets.get(owners.place(base.user_id).asker, own_id(base.id))
            report.there["dataset"] += 1
        except NotFoundError:
            report.moved["dataset"] += 1
        for file in source.files(base.id):
            if document_type(file.name) == "other":
                why = "files of this kind are not read"
                report.leave_out(f"file {file.name} in {base.name}", why)
            else:
                is_here = moved.has(base, file)
                (report.there if is_here else report.moved)["document"] += 1
