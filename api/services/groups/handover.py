"""Deleting an account, whose things go to another one first."""

from typing import Protocol

from api.db.connection import Database, connected
from api.errors import ArgumentError, ConflictError
from api.services.accounts.records import AccountRole, Principal
from api.services.groups import handover_queries as queries
from api.services.library.names import candidates, name_key, numbered_title
from api.services.people.people import PeopleService
from api.services.people.records import PersonRecord

FOLDER_NAME = 255


class EmbeddingModels(Protocol):
    """Where embedding models come from."""

    def embedder(self, tenant_id: str, model: str) -> object:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...


class HandoverService:
    """Deletes accounts; what they own becomes somebody else's, or they stay."""

    def __init__(self, database: Database, people: PeopleService, models: EmbeddingModels) -> None:
        """Initialize with the parts."""
        self.database = database
        self.people = people
        self.models = models

    def delete(self, asker: Principal, user_id: str, taker: str = "") -> None:
        """Delete an account; `taker` is the id or address of the account that gets its things.

        Raises NotFoundError, and ConflictError for the last administrator, for one that owns
        something while nobody takes it, and where the taker cannot use a model that is needed.
        """
        self.people.check_administrator(asker)
        self.erase(self.people.id_of(asker, user_id), taker)

    def erase(self, user_id: str, taker: str = "") -> None:
        """Delete an account, for the command line."""
        leaver = self.people.found(user_id)
        heir = self.people.named(taker) if taker else None
        if heir:
            self.check_heir(leaver, heir)
        self.write(leaver, heir)
        self.people.accounts.sessions.forget(leaver.id)

    @connected
    def write(self, leaver: PersonRecord, heir: PersonRecord | None) -> None:
        """Hand everything over and delete the account, both or neither."""
        with self.database.atomic():
            if heir:
                self.hand_over(leaver, heir)
            queries.forget_sessions(self.database, leaver.id)
            self.people.delete_row(leaver)

    @connected
    def check_heir(self, leaver: PersonRecord, heir: PersonRecord) -> None:
        """Refuse who cannot take what an account has."""
        if heir.id == leaver.id:
            raise ArgumentError("An account that is deleted takes nothing: name another one.")
        if heir.role is AccountRole.PENDING or not heir.is_active:
            raise ConflictError(f"{heir.email} is not active: name an account that can be used.")
        for model, dataset in queries.embedding_models(self.database, leaver.id):
            try:
                self.models.embedder(heir.id, model)
            except ArgumentError as error:
                raise ConflictError(
                    f"{heir.email} cannot use {model}, by which the dataset {dataset} is searched:"
                    " set that model up for them first."
                ) from error

    def hand_over(self, leaver: PersonRecord, heir: PersonRecord) -> None:
        """Make everything of an account another's; names that are taken there get numbers."""
        queries.lock_accounts(self.database, [leaver.id, heir.id])
        queries.give_along(self.database, leaver.id, heir.id)
        for table, longest in queries.NAMED.items():
            taken = {name_key(n) for _, n in queries.names_of(self.database, table, heir.id)}
            for thing_id, name in queries.names_of(self.database, table, leaver.id):
                free = next(candidates(name, numbered_title(longest), taken))
                queries.give(self.database, table, thing_id, heir.id, free)
                taken.add(name_key(free))
        if queries.names_in_root(self.database, leaver.id):
            there = set(queries.names_in_root(self.database, heir.id))
            named = candidates(leaver.email, numbered_title(FOLDER_NAME), there, key=str)
            queries.give_root(self.database, leaver.id, heir.id, next(named))
