"""Conversations that have words in their titles and messages, and what else somebody asks for."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.library.names import name_key
from api.services.webui import folder_queries, word_queries
from api.services.webui.folder_records import ListedRow, ListFilter, Sought
from api.services.webui.folders import within
from api.services.webui.lists import PAGE, ListService
from api.services.webui.tags import key_of_tag
from rag.tokenizing.keys import keys_of_query, words_of_query
from rag.tokenizing.tokens import normalize

MOST_WORDS = 16
"""Words of a search that are looked for."""

BEFORE, BEHIND = 40, 100
"""Characters that are shown around a word."""


class SearchService:
    """Searches the conversations of persons."""

    def __init__(self, database: Database, lists: ListService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.lists = lists

    @connected
    def page(self, asker: Principal, sought: Sought, page: int) -> list[ListedRow]:
        """Return a page of the conversations that have all that is searched for.

        Each shows where the first of the words is said; those last changed come first.
        """
        return self.part(asker, sought, PAGE, (page - 1) * PAGE)

    @connected
    def part(
        self,
        asker: Principal,
        sought: Sought,
        limit: int,
        offset: int,
        folder_ids: tuple[str, ...] | None = None,
    ) -> list[ListedRow]:
        """Return some of what `page` does; `folder_ids` may name the folders that are searched."""
        keys = tuple(keys_of_query(sought.text)[:MOST_WORDS])
        if sought.text.strip() and not keys:
            return []
        wanted = ListFilter(
            archived=sought.archived,
            pinned=sought.pinned,
            folders=self.folders(asker, sought.folders, folder_ids),
            tags=tuple(map(key_of_tag, sought.tags)),
            words=keys,
            shared=sought.shared,
            in_titles=sought.in_titles,
        )
        found = self.lists.part(asker, wanted, limit, offset)
        return self.shown(asker, found, sought.text, keys[0]) if keys else found

    def folders(
        self, asker: Principal, names: Sequence[str], among: tuple[str, ...] | None
    ) -> tuple[str, ...] | None:
        """Return the ids of the folders of such names, and of those in them, among some folders.

        Without names they are all of these.
        """
        if not names:
            return among
        known = folder_queries.of_person(self.database, asker.user_id)
        keys = {name_key(name).replace("_", " ") for name in names}
        named = [one.id for one in known if name_key(one.name).replace("_", " ") in keys]
        found = [folder_id for top in named for folder_id in within(known, top)]
        return tuple(one for one in dict.fromkeys(found) if among is None or one in among)

    def shown(
        self, asker: Principal, found: Sequence[ListedRow], text: str, key: str
    ) -> list[ListedRow]:
        """Return conversations with what is said around the first word, if it is no title."""
        ids = [one.row.id for one in found]
        places = word_queries.places(self.database, asker.user_id, key, ids)
        word = words_of_query(text)[0]
        return [self.showing(one, places.get(one.row.id, -1), word) for one in found]

    def showing(self, listed: ListedRow, place: int, word: str) -> ListedRow:
        """Return a conversation with what is said around a word in a message."""
        if place < 0:
            return listed
        said = word_queries.said_at(self.database, listed.row.id, place)
        return listed._replace(snippet=around(said, word))


def around(text: str, word: str) -> str:
    """Return what stands around a word in a text; the beginning where case changed its length."""
    at = max(normalize(text).find(word), 0)
    cut = text[max(at - BEFORE, 0) : at + BEHIND]
    return " ".join(cut.split())
