"""Search apps: pages that search some datasets in one way."""

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import TakenError
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.chats.chats import ChatService
from api.services.chats.queries.search_apps import (
    delete_app,
    find_app,
    insert_app,
    list_apps,
    save_app,
    taken_app_names,
)
from api.services.chats.records import SearchAppList, SearchAppRecord, SearchSettings
from api.services.chats.values import ChatFilter, SearchAppChanges, with_given
from api.services.library.names import candidates, numbered_title
from api.services.library.values import Page
from api.services.unset import UNSET
from api.things import Kind

LONGEST_NAME = 255


class SearchAppService:
    """Keeps the search apps of tenants."""

    def __init__(self, database: Database, chats: ChatService) -> None:
        """Initialize with the parts; `chats` knows which datasets and models may be used."""
        self.database = database
        self.chats = chats

    @connected
    def create(self, asker: Principal, name: str, changes: SearchAppChanges) -> SearchAppRecord:
        """Create a search app of the asker's tenant; a name that is taken gets a number."""
        now = now_ms()
        head = (new_id(), asker.tenant_id, asker.user_id, name, "", "")
        blank = SearchAppRecord(*head, SearchSettings(), now, now)
        app = self.changed(asker, blank, changes)
        taken = taken_app_names(self.database, asker.tenant_id)
        for candidate in candidates(name, numbered_title(LONGEST_NAME), taken):
            made = app._replace(name=candidate)
            if insert_app(self.database, made):
                break  # else somebody has just taken the name
        return made

    @connected
    def list_page(self, asker: Principal, wanted: ChatFilter, page: Page) -> SearchAppList:
        """Return a page of the search apps, and how many there are in all."""
        return SearchAppList(*list_apps(self.database, asker.tenant_id, wanted, page))

    @connected
    def get(self, asker: Principal, app_id: str) -> SearchAppRecord:
        """Return a search app with those of its datasets that are left; raises NotFoundError."""
        app = self.stored(asker, app_id, Right.READ)
        left = self.chats.left(asker, app.settings.dataset_ids)
        ids = tuple(dataset.id for dataset in left)
        return app._replace(settings=app.settings._replace(dataset_ids=ids))

    @connected
    def update(self, asker: Principal, app_id: str, changes: SearchAppChanges) -> SearchAppRecord:
        """Change what is given of a search app and return it."""
        with self.database.atomic():
            stored = self.stored(asker, app_id, Right.OWN)
            app = self.changed(asker, stored, changes)._replace(update_time=now_ms())
            if not save_app(self.database, app):
                raise TakenError(Kind.SEARCH_APP, app.name)
        return app

    @connected
    def delete(self, asker: Principal, app_id: str) -> None:
        """Delete a search app."""
        self.stored(asker, app_id, Right.OWN)
        delete_app(app_id)

    def stored(self, asker: Principal, app_id: str, right: Right) -> SearchAppRecord:
        """Return a search app as it is stored; raises NotFoundError."""
        return check(
            self.database, asker, find_app(self.database, app_id), right, Kind.SEARCH_APP, app_id
        )

    def changed(
        self, asker: Principal, app: SearchAppRecord, changes: SearchAppChanges
    ) -> SearchAppRecord:
        """Return a search app with what is given; datasets that are not there are left out.

        Refuses datasets of several models, and models that the tenant cannot use.
        """
        made = with_given(app, changes)
        if changes.settings is UNSET:
            return made
        if changes.settings.generation.model_name:
            self.chats.check_model(app.tenant_id, changes.settings.generation.model_name)
        if changes.settings.reranker:
            self.chats.check_reranker(app.tenant_id, changes.settings.reranker)
        readable = self.chats.readable(asker, changes.settings.dataset_ids)
        return made._replace(settings=changes.settings._replace(dataset_ids=readable))
