"""Models of the workspace: assistants as the front end's people make and use them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import orjson

from api.config.frontend import FrontendSettings
from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError, TakenError
from api.services.accounts.access import Right
from api.services.accounts.grant_queries import list_grants
from api.services.accounts.grant_records import Level
from api.services.accounts.records import Principal
from api.services.chats.chats import ChatService
from api.services.chats.records import Generation, ShownChat, Variable
from api.services.chats.values import ChatChanges
from api.services.library.names import name_key
from api.services.stores.queries.knowledge import people
from api.services.stores.references import Form, references_of
from api.services.unset import UNSET
from api.services.webui import model_queries as queries
from api.services.webui.filters import WorkspaceFilter
from api.services.webui.model_records import (
    USUAL,
    Helper,
    ModelExtra,
    NewModel,
    WorkspaceModel,
    WorkspacePage,
)
from api.things import Kind
from rag.generation.prompt import KNOWLEDGE

PLACE = f"{{{KNOWLEDGE}}}"
"""Where passages stand in what an assistant is told."""

FILES = "knowledge"
"""Where `meta` of a model has the files that it reads beside its datasets."""

STOPS = 16


class WorkspaceService:
    """Makes, shows and changes assistants, and finds them by what clients call them."""

    def __init__(
        self,
        database: Database,
        chats: ChatService,
        reading: str,
        frontend: Callable[[], FrontendSettings],
    ) -> None:
        """Initialize with the parts; `reading` tells a model how to use its passages."""
        self.frontend = frontend
        self.database = database
        self.chats = chats
        self.reading = reading

    # Reading.

    @connected
    def page(self, asker: Principal, wanted: WorkspaceFilter) -> WorkspacePage:
        """Return a page of the models that the asker may use."""
        ids, total = queries.page(self.database, asker, wanted)
        return WorkspacePage(self.models(self.chats.list_chosen(asker, ids)), total)

    @connected
    def every(self, asker: Principal) -> list[WorkspaceModel]:
        """Return all models that the asker may use, by name."""
        return self.models(self.chats.list_all(asker))

    @connected
    def tags(self, asker: Principal) -> list[str]:
        """Return the tags of all models that the asker may use, each once, in order."""
        found = {tag for one in self.every(asker) for tag in queries.tags_in(one.extra.meta)}
        return sorted(found, key=name_key)

    @connected
    def get(self, asker: Principal, model_id: str) -> WorkspaceModel:
        """Return a model; raises NotFoundError."""
        chat_id = self.id_of(asker, model_id)
        (found,) = self.models(self.chats.list_chosen(asker, [chat_id]))
        if found.shown.level not in {None, Level.MANAGE}:
            return found
        return replace(found, grants=tuple(list_grants(self.database, Kind.CHAT, chat_id)))

    @connected
    def find(self, asker: Principal, model_id: str) -> Helper | None:
        """Return by which assistant a model answers; None for one that is none of these.

        Raises RuleError for a model that is switched off.
        """
        chat_id = self.find_id(asker, model_id)
        if chat_id is None:
            return None
        extra = queries.extras(self.database, [chat_id]).get(chat_id)
        if extra is None:
            return Helper(chat_id, asker)
        if not extra.is_active:
            raise RuleError(f"The model {model_id} is switched off.")
        assistant = self.chats.assistant(asker, chat_id)
        unsaid = left_out(self.parameters(), assistant.generation)
        return helper_of(extra, assistant.reader or asker, unsaid)

    def parameters(self) -> Mapping[str, object]:
        """Return how all models answer that say nothing else."""
        found: Mapping[str, object] = orjson.loads(self.frontend().model_params)
        return found

    @connected
    def picture(self, asker: Principal, model_id: str) -> str:
        """Return the picture of a model as a data URL; empty where there is none."""
        chat_id = self.find_id(asker, model_id) if model_id else None
        return self.chats.held(asker, chat_id, Right.READ).avatar if chat_id else ""

    def id_of(self, asker: Principal, model_id: str) -> str:
        """Return the id of the assistant that clients call so; raises NotFoundError."""
        found = self.find_id(asker, model_id)
        if found is None:
            raise NotFoundError(Kind.MODEL, model_id)
        return found

    def find_id(self, asker: Principal, model_id: str) -> str | None:
        """Return the id of the assistant that clients call so, or which has the name or id."""
        if "\0" in model_id:
            return None
        called = queries.called(self.database, asker, model_id)
        return called or self.chats.find_named(asker, model_id)

    def models(self, chats: Sequence[ShownChat]) -> list[WorkspaceModel]:
        """Within a connection: return assistants as models."""
        kept = queries.extras(self.database, [one.chat.id for one in chats])
        owners = people(self.database, [one.chat.tenant_id for one in chats])
        return [
            WorkspaceModel(
                one,
                kept.get(one.chat.id) or unsaid(one.chat.id, one.chat.name),
                self.system_of(one.chat.prompting.text),
                owners.get(one.chat.tenant_id),
            )
            for one in chats
        ]

    def system_of(self, text: str) -> str:
        """Return what an assistant is told without how it uses its passages."""
        return text.removesuffix(self.reading).rstrip() if text.endswith(self.reading) else text

    # Changing.

    @connected
    def create(self, asker: Principal, new: NewModel) -> WorkspaceModel:
        """Make an assistant; raises TakenError for what it is called, and what `create` does."""
        with self.database.atomic():
            if queries.is_taken(self.database, asker.tenant_id, new.model_id):
                raise TakenError(Kind.MODEL, new.model_id)
            made = self.chats.create(asker, self.told(new, ()), may_be_empty=True)
            extra = ModelExtra(made.chat.id, new.model_id, new.is_active, new.params, new.meta)
            queries.put(self.database, extra)
        return self.get(asker, new.model_id)

    @connected
    def update(self, asker: Principal, new: NewModel) -> WorkspaceModel:
        """Make a model what is given; raises NotFoundError, ForbiddenError, and TakenError."""
        with self.database.atomic():
            chat_id = self.id_of(asker, new.model_id)
            stored = self.chats.held(asker, chat_id, Right.CHANGE)
            changes = self.told(new, stored.prompting.variables)
            self.chats.update(asker, chat_id, changes, may_be_empty=True)
            called = self.beside(chat_id, stored.name).model_id
            extra = ModelExtra(chat_id, called, new.is_active, new.params, new.meta)
            queries.put(self.database, extra)
        return self.get(asker, chat_id)

    @connected
    def toggle(self, asker: Principal, model_id: str) -> WorkspaceModel:
        """Switch a model on or off; raises NotFoundError, and ForbiddenError."""
        with self.database.atomic():
            chat_id = self.id_of(asker, model_id)
            stored = self.chats.held(asker, chat_id, Right.CHANGE)
            kept = self.beside(chat_id, stored.name)
            queries.put(self.database, kept._replace(is_active=not kept.is_active))
        return self.get(asker, chat_id)

    @connected
    def delete(self, asker: Principal, model_id: str) -> None:
        """Delete an assistant; raises NotFoundError, and ForbiddenError."""
        chat_id = self.id_of(asker, model_id)
        self.chats.held(asker, chat_id, Right.OWN)
        self.chats.delete(asker, [chat_id])

    @connected
    def take(self, asker: Principal, models: Sequence[NewModel]) -> None:
        """Make some models, or what they are now of those that are there: all or none."""
        with self.database.atomic():
            for new in models:
                is_there = queries.is_taken(self.database, asker.tenant_id, new.model_id)
                (self.update if is_there else self.create)(asker, new)

    def beside(self, chat_id: str, name: str) -> ModelExtra:
        """Return what is kept beside an assistant, which is called by its name before."""
        return queries.extras(self.database, [chat_id]).get(chat_id) or unsaid(chat_id, name)

    def told(self, new: NewModel, variables: Sequence[Variable]) -> ChatChanges:
        """Return what is to change of an assistant that has these variables."""
        text = new.system
        if new.changes.dataset_ids is not UNSET and new.changes.dataset_ids and PLACE not in text:
            text = f"{text}\n\n{self.reading}".strip()
        others = (one for one in variables if one.key != KNOWLEDGE)
        every = (Variable(KNOWLEDGE, optional=True), *others)
        prompting = replace(new.changes.prompting, text=text, variables=every)
        return replace(new.changes, prompting=prompting)


def unsaid(chat_id: str, name: str) -> ModelExtra:
    """Return what is kept of an assistant of which the front end has said nothing."""
    return ModelExtra(chat_id, name, is_active=True, params={}, meta={})


def left_out(parameters: Mapping[str, object], generation: Generation) -> dict[str, object]:
    """Return what of the way in which all models answer holds for one that answers so."""
    return {
        name: value
        for name, value in parameters.items()
        if getattr(generation, name, None) == getattr(USUAL, name, None)
    }


def helper_of(extra: ModelExtra, reader: Principal, unsaid: Mapping[str, object]) -> Helper:
    """Return by which assistant a model answers, with what is kept beside it."""
    items = extra.meta.get(FILES)
    found = references_of(items) if isinstance(items, list) else []
    params = {**unsaid, **extra.params}
    seed, stop = params.get("seed"), params.get("stop")
    stops = stop if isinstance(stop, list) else [stop] if stop else []
    return Helper(
        extra.id,
        reader,
        tuple(one for one in found if one.form is not Form.BASE),
        seed if isinstance(seed, int) else None,
        tuple(str(one) for one in stops[:STOPS]),
        names_in(extra.meta.get("filterIds")),
        unsaid,
    )


def names_in(told: object) -> tuple[str, ...]:
    """Return the names of a list, as it is kept of a model."""
    return tuple(map(str, told)) if isinstance(told, list) else ()
