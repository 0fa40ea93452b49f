"""Moving what people have beside conversations: groups, folders, prompts, memories, ratings."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from api.cli.importing.openwebui.conversations import SECOND, own_id
from api.cli.importing.openwebui.grants import granted
from api.cli.importing.openwebui.people import Owners
from api.cli.importing.openwebui.records import Folder, Group, Memory, PluginTold, Prompt, Rating
from api.db.base import now_ms
from api.errors import RaglanError, TakenError
from api.schemas.openwebui.group import GroupRequest
from api.schemas.openwebui.memory import MemoryRequest
from api.schemas.openwebui.plugin import FunctionRequest, ToolRequest
from api.schemas.openwebui.prompt import PromptRequest
from api.schemas.openwebui.rating import RatingRequest
from api.services.groups.records import GroupFilter
from api.services.webui import folder_records, memory_records
from api.things import Kind

R = TypeVar("R", bound=BaseModel)


class Belongings:
    """Brings things of people here; what is here already is left as it is.

    Without `keeps` it only counts them.
    """

    def __init__(self, owners: Owners, *, keeps: bool = True) -> None:
        """Initialize with whose things are whose here."""
        self.keeps = keeps
        self.owners = owners
        self.report = owners.report
        self.services = owners.services
        self.restoring = owners.services.webui.restoring

    def count(self, noun: str, *, is_new: bool) -> None:
        """Count a thing as moved, or as one that was here."""
        (self.report.moved if is_new else self.report.there)[noun] += 1

    def group(self, told: Group) -> None:
        """Import a group with those of its members who are known here, unless one has its name."""
        groups, asker = self.services.groups.groups, self.owners.administrator()
        what = f"group {told.name}"
        given = {"name": told.name, "description": told.description}
        permissions = {"permissions": told.permissions} if told.permissions else {}
        request = self.checked(what, GroupRequest, {**given, **permissions})
        if request is None:
            return
        try:
            _, found = groups.list_groups(asker, GroupFilter(name=request.name), 1, 0)
            self.count("group", is_new=not found)
            if not found and self.keeps:
                known = (self.owners.known.get(one) for one in told.user_ids)
                members = [one.user_id for one in known if one]
                found = [groups.create(asker, request.group(), members)]
        except RaglanError as error:
            self.report.leave_out(what, error.message)
            return
        for one in found:
            self.owners.groups[told.id] = one.id

    def folder(self, told: Folder) -> None:
        """Import a folder of conversations; one of its name beside it is taken for it."""
        place = self.owners.place(told.user_id)
        parent = self.owners.folders.get(told.parent_id, "")
        name = told.name.strip()[:255]
        if not name:
            self.report.leave_out(f"folder {told.id}", "it has no name")
            return
        wanted = folder_records.Folder(
            id=own_id(told.id),
            user_id=place.asker.user_id,
            parent_id=parent,
            name=name,
            is_expanded=told.is_expanded,
            create_time=told.created_at * SECOND or now_ms(),
            update_time=told.updated_at * SECOND or now_ms(),
            data=told.data,
            meta=told.meta,
        )
        other = wanted._replace(id=place.other_id(wanted.id))
        kept, is_new = self.restoring.folder(place.asker, (wanted, other), keeps=self.keeps)
        self.owners.folders[told.id] = kept
        self.count("folder", is_new=is_new)

    def prompt(self, told: Prompt) -> None:
        """Import a prompt as it is now, unless its owner has one of its command."""
        place = self.owners.place(told.user_id)
        what = f"prompt {told.command}"
        given = {name: getattr(told, name) for name in ("command", "content", "data", "meta")}
        given |= {"name": told.name or told.command, "tags": told.tags}
        request = self.checked(what, PromptRequest, given)
        if request is None:
            return
        prompts = self.services.webui.prompts
        if not self.keeps:
            self.count("prompt", is_new=not prompts.has(place.asker, request.command))
            return
        try:
            made = prompts.create(place.asker, request.version())
        except TakenError:
            self.count("prompt", is_new=False)
            return
        except RaglanError as error:
            self.report.leave_out(what, error.message)
            return
        self.count("prompt", is_new=True)
        if not told.is_active:
            prompts.toggle(place.asker, made.row.id)
        granted(self.owners, place, Kind.PROMPT, made.row.id, told.access_grants, what)

    def tool(self, told: PluginTold) -> None:
        """Import a tool in Python, which nobody but administrators may use before it is granted."""
        self.plugin("tool", told, ToolRequest, "it is granted to nobody: read it, then grant it")

    def function(self, told: PluginTold) -> None:
        """Import a function in Python, which is off."""
        self.plugin("function", told, FunctionRequest, "it is off: read it, then switch it on")

    def plugin(
        self,
        noun: str,
        told: PluginTold,
        model: type[ToolRequest] | type[FunctionRequest],
        then: str,
    ) -> None:
        """Import code, which is run once where that is on, unless there is some of its id."""
        plugins, what = self.services.webui.tools.plugins.plugins, f"{noun} {told.id}"
        given = {"id": told.id, "name": told.name or told.id, "content": told.content}
        request = self.checked(what, model, {**given, "meta": told.meta})
        if request is None:
            return
        asker, new = self.owners.administrator(), request.plugin()
        try:
            plugins.begin(asker, new)
            if self.keeps:
                plugins.create(asker, new)
        except TakenError:
            self.count(noun, is_new=False)
        except RaglanError as error:
            self.report.leave_out(what, error.message)
        else:
            self.count(noun, is_new=True)
            self.report.leave_out(f"use of {what}", then)

    def memory(self, told: Memory) -> None:
        """Import a memory."""
        place = self.owners.place(told.user_id)
        given = {"content": told.content, "type": told.type or "context", "path": told.path}
        request = self.checked(f"memory {told.content[:40]}", MemoryRequest, given)
        if request is None:
            return
        now = now_ms()
        made = memory_records.Memory(
            id=own_id(told.id),
            user_id=place.asker.user_id,
            kind=request.type,
            path=request.path,
            content=request.content,
            create_time=told.created_at * SECOND or now,
            update_time=told.updated_at * SECOND or now,
        )
        others = (made, made._replace(id=place.other_id(made.id)))
        is_new = self.restoring.memory(place.asker, others, keeps=self.keeps)
        self.count("memory", is_new=is_new)

    def rating(self, told: Rating) -> None:
        """Import what somebody has said of an answer."""
        place = self.owners.place(told.user_id)
        what = f"rating {told.id}"
        given = {"type": told.type or "rating", "data": told.data, "meta": told.meta}
        request = self.checked(what, RatingRequest, {**given, "snapshot": told.snapshot})
        if request is None:
            return
        now = now_ms()
        times = (told.created_at * SECOND or now, told.updated_at * SECOND or now)
        identity = own_id(told.id)
        try:
            said = request.said()
        except RaglanError as error:
            self.report.leave_out(what, error.message)
            return
        ids = (identity, place.other_id(identity))
        is_new = self.restoring.rating(place.asker, ids, said, times, keeps=self.keeps)
        self.count("rating", is_new=is_new)

    def checked(self, what: str, model: type[R], given: object) -> R | None:
        """Return what is told if it may be kept here; else report why not."""
        try:
            return model.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            self.report.leave_out(what, f"{place}: {first['msg']}")
            return None


def outer_first(folders: Sequence[Folder]) -> Iterator[Folder]:
    """Yield folders, each after the one that it is in, unless they are in a circle."""
    left = {one.id: one for one in folders}
    while left:
        ready = [one for one in left.values() if one.parent_id not in left]
        for one in ready or list(left.values()):
            yield left.pop(one.id)
