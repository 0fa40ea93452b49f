"""Prompts: texts that people send by a command, with all their versions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError, TakenError
from api.services.accounts.access import Right, check, granted, owns, right_of
from api.services.accounts.grant_queries import list_grants
from api.services.accounts.records import Principal
from api.services.stores.queries.knowledge import people
from api.services.webui import prompt_queries as queries
from api.services.webui.filters import PAGE, WorkspaceFilter
from api.services.webui.prompt_records import (
    NewVersion,
    Prompt,
    PromptPage,
    PromptRow,
    PromptText,
    PromptVersion,
)
from api.things import Kind

MOST = 1000
"""Prompts of a person."""


class PromptService:
    """Keeps prompts; who else may use them is granted."""

    def __init__(self, database: Database) -> None:
        """Initialize with where they are kept."""
        self.database = database

    # Reading.

    @connected
    def every(self, asker: Principal) -> list[Prompt]:
        """Return all prompts that the asker may read, by command."""
        return self.shown(asker, queries.every(self.database, asker))

    @connected
    def page(self, asker: Principal, wanted: WorkspaceFilter) -> PromptPage:
        """Return a page of the prompts that the asker may read."""
        found, total = queries.page(self.database, asker, wanted)
        return PromptPage(self.shown(asker, found), total)

    @connected
    def tags(self, asker: Principal) -> list[str]:
        """Return the tags of the prompts that the asker may read."""
        return queries.tags(self.database, asker)

    @connected
    def get(self, asker: Principal, prompt_id: str) -> Prompt:
        """Return a prompt that the asker may read; raises NotFoundError."""
        row = self.checked(asker, prompt_id, Right.READ)
        (prompt,) = self.shown(asker, [row])
        if prompt.right < Right.MANAGE:
            return prompt
        return replace(prompt, grants=tuple(list_grants(self.database, Kind.PROMPT, row.id)))

    @connected
    def id_of(self, asker: Principal, command: str) -> str:
        """Return the id of the prompt with a command: of one's own first; raises NotFoundError."""
        found = queries.named(self.database, asker, command)
        if found is None:
            raise NotFoundError(Kind.PROMPT, command)
        return found.id

    @connected
    def has(self, asker: Principal, command: str) -> bool:
        """Return whether the asker has a prompt of their own with a command."""
        found = queries.named(self.database, asker, command)
        return found is not None and owns(asker, found)

    @connected
    def grantable(self, asker: Principal, prompt_id: str) -> PromptRow:
        """Return a prompt of which the asker may say who uses it.

        Raises NotFoundError, and ForbiddenError.
        """
        return self.checked(asker, prompt_id, Right.MANAGE)

    def checked(self, asker: Principal, prompt_id: str, right: Right) -> PromptRow:
        """Return a prompt to which the asker has a right; raises what `check` does."""
        found = queries.find(self.database, prompt_id)
        return check(self.database, asker, found, right, Kind.PROMPT, prompt_id)

    def shown(self, asker: Principal, rows: Iterable[PromptRow]) -> list[Prompt]:
        """Within a connection: return prompts with whose they are, and what the asker may do."""
        rows = list(rows)
        owners = people(self.database, [row.user_id for row in rows])
        others = [row.id for row in rows if right_of(asker, row) < Right.MANAGE]
        given = granted(self.database, asker, Kind.PROMPT, others)
        return [
            Prompt(
                row,
                max(right_of(asker, row), given.get(row.id, Right.NONE)),
                owners.get(row.user_id),
            )
            for row in rows
        ]

    # Changing.

    @connected
    def create(self, asker: Principal, new: NewVersion) -> Prompt:
        """Keep a prompt with its first version; raises TakenError for its command."""
        now, prompt_id = now_ms(), new_id()
        first = version(asker, prompt_id, new, "")
        row = PromptRow(
            id=prompt_id,
            tenant_id=asker.tenant_id,
            user_id=asker.user_id,
            text=new.text,
            is_active=True,
            version_id=first.id,
            create_time=now,
            update_time=now,
        )
        with self.database.atomic():
            if queries.count(self.database, asker.tenant_id) >= MOST:
                raise RuleError(f"There are {MOST:,} prompts, and no room for more.")
            if not queries.add(self.database, row):
                raise TakenError(Kind.PROMPT, new.text.command)
            queries.add_version(self.database, first)
        return self.get(asker, prompt_id)

    @connected
    def update(self, asker: Principal, prompt_id: str, new: NewVersion) -> Prompt:
        """Keep a version of a prompt, and show it unless it is to be kept alone.

        One that says what the shown one does is not kept again. Raises NotFoundError,
        ForbiddenError, and TakenError for its command.
        """
        with self.database.atomic():
            queries.lock(self.database, prompt_id)
            row = self.checked(asker, prompt_id, Right.CHANGE)
            if new.text != row.text or new.message:
                made = version(asker, prompt_id, new, row.version_id)
                queries.add_version(self.database, made)
                if new.is_shown:
                    self.show(row, made)
        return self.get(asker, prompt_id)

    @connected
    def rename(
        self, asker: Principal, prompt_id: str, name: str, command: str, tags: list[str] | None
    ) -> Prompt:
        """Change what a prompt is called, without a version; raises what `update` does."""
        with self.database.atomic():
            queries.lock(self.database, prompt_id)
            row = self.checked(asker, prompt_id, Right.CHANGE)
            text = row.text._replace(name=name, command=command)
            self.write(row, text if tags is None else text._replace(tags=tags))
        return self.get(asker, prompt_id)

    @connected
    def show_version(self, asker: Principal, prompt_id: str, version_id: str) -> Prompt:
        """Show a prompt as it was in a version; raises what `update` does."""
        with self.database.atomic():
            queries.lock(self.database, prompt_id)
            row = self.checked(asker, prompt_id, Right.CHANGE)
            self.show(row, self.version(prompt_id, version_id))
        return self.get(asker, prompt_id)

    @connected
    def toggle(self, asker: Principal, prompt_id: str) -> Prompt:
        """Switch a prompt on or off; raises NotFoundError, and ForbiddenError."""
        with self.database.atomic():
            queries.lock(self.database, prompt_id)
            row = self.checked(asker, prompt_id, Right.CHANGE)
            queries.change(self.database, prompt_id, {"is_active": not row.is_active})
        return self.get(asker, prompt_id)

    @connected
    def delete(self, asker: Principal, prompt_id: str) -> None:
        """Delete a prompt with its versions; raises NotFoundError, and ForbiddenError."""
        with self.database.atomic():
            self.checked(asker, prompt_id, Right.OWN)
            queries.delete(self.database, prompt_id)

    def show(self, row: PromptRow, shown: PromptVersion) -> None:
        """Show a prompt as it is in a version; raises TakenError for its command."""
        self.write(row, shown.text)
        queries.change(self.database, row.id, {"version_id": shown.id})

    def write(self, row: PromptRow, text: PromptText) -> None:
        """Write what a prompt says; raises TakenError for its command."""
        if not queries.change(self.database, row.id, queries.columns_of(text)):
            raise TakenError(Kind.PROMPT, text.command)

    # Versions.

    @connected
    def history(self, asker: Principal, prompt_id: str, page: int) -> list[PromptVersion]:
        """Return a page, from 0 on, of the versions of a prompt; raises NotFoundError."""
        self.checked(asker, prompt_id, Right.READ)
        return self.signed(queries.versions(self.database, prompt_id, page * PAGE))

    @connected
    def versions(
        self, asker: Principal, prompt_id: str, first: str, second: str
    ) -> tuple[PromptVersion, PromptVersion]:
        """Return two versions of a prompt; raises NotFoundError."""
        self.checked(asker, prompt_id, Right.READ)
        one, other = (self.version(prompt_id, version_id) for version_id in (first, second))
        one, other = self.signed([one, other])
        return one, other

    def signed(self, versions: Sequence[PromptVersion]) -> list[PromptVersion]:
        """Within a connection: return versions with who has kept them."""
        authors = people(self.database, [one.user_id for one in versions])
        return [one._replace(author=authors.get(one.user_id)) for one in versions]

    @connected
    def delete_version(self, asker: Principal, prompt_id: str, version_id: str) -> None:
        """Delete a version that is not shown.

        Raises NotFoundError, ForbiddenError, and RuleError for the one that is shown.
        """
        with self.database.atomic():
            queries.lock(self.database, prompt_id)
            row = self.checked(asker, prompt_id, Right.CHANGE)
            if self.version(prompt_id, version_id).id == row.version_id:
                raise RuleError("This version is the one that is shown: show another one first.")
            queries.delete_version(self.database, version_id)

    def version(self, prompt_id: str, version_id: str) -> PromptVersion:
        """Return a version of a prompt; raises NotFoundError."""
        found = queries.find_versions(self.database, prompt_id, [version_id])
        if version_id not in found:
            raise NotFoundError(Kind.VERSION, version_id)
        return found[version_id]


def version(asker: Principal, prompt_id: str, new: NewVersion, parent_id: str) -> PromptVersion:
    """Return a version that is to be kept now."""
    return PromptVersion(
        id=new_id(),
        prompt_id=prompt_id,
        parent_id=parent_id,
        user_id=asker.user_id,
        text=new.text,
        message=new.message,
        create_time=now_ms(),
    )
