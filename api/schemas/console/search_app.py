"""What the console's pages send about search apps."""

from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, Field, field_validator
from typing_extensions import TypedDict

from api.errors import RuleError
from api.schemas.base import (
    Ids,
    LenientFlag,
    NullFreeRequest,
    UnbuiltFlag,
    without_nul,
)
from api.schemas.console.dialog import ORDERS, ModelSettings
from api.schemas.console.requests import ConsoleRequest, ListQuery
from api.schemas.listing import names_in
from api.schemas.meta_filter import MetaFilter
from api.schemas.search_app import ListedSearchAppAnswer, SearchAppListAnswer, present_apps
from api.schemas.searching import Languages, Number, Weight, steps_of
from api.services.chats.records import Generation, SearchAppList, SearchSettings
from api.services.chats.values import ChatFilter, SearchAppChanges, with_given
from api.services.unset import UNSET
from rag.engines.defaults import MOST_TOP_K, THRESHOLD, TOP_K, VECTOR_WEIGHT

NAME_LIMIT = 255

Text = Annotated[str, Field(max_length=65_535), AfterValidator(without_nul)]
ModelName = Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(without_nul)]


def app_name(name: Any) -> str:
    """Return the name of a search app, stripped and within its limit, in bytes."""
    if not isinstance(name, str):
        raise RuleError("Search name must be string.")
    stripped = name.strip()
    if not stripped:
        raise RuleError("Search name can't be empty.")
    length = len(stripped.encode(errors="replace"))
    if length > NAME_LIMIT:
        raise RuleError(f"Search name length is {length} which is larger than {NAME_LIMIT}")
    return stripped


class SearchConfig(NullFreeRequest):
    """How a search app searches; what is left out is as usual."""

    kb_ids: Ids = Field(default=[])
    similarity_threshold: Number = THRESHOLD
    vector_similarity_weight: Weight = VECTOR_WEIGHT
    top_k: int = Field(TOP_K, gt=0, le=MOST_TOP_K)
    summary: LenientFlag = False
    chat_id: ModelName = ""
    llm_setting: ModelSettings = ModelSettings()
    related_search: LenientFlag = False
    query_mindmap: LenientFlag = False
    rerank_id: ModelName = ""
    meta_data_filter: MetaFilter | None = None
    web_search: UnbuiltFlag = False
    use_kg: UnbuiltFlag = False
    keyword: LenientFlag = False
    cross_languages: Languages = Field(
        default=[], validation_alias=AliasChoices("cross_languages", "chat_settingcross_languages")
    )

    def values(self) -> SearchSettings:
        """Return what is to be kept."""
        generation = with_given(Generation(), self.llm_setting.values(self.chat_id))
        return SearchSettings(
            dataset_ids=tuple(dict.fromkeys(self.kb_ids)),
            threshold=self.similarity_threshold,
            vector_weight=self.vector_similarity_weight,
            top_k=self.top_k,
            reranker=self.rerank_id,
            generation=generation,
            summary=self.summary,
            related=self.related_search,
            mind_map=self.query_mindmap,
            meta_filter=self.meta_data_filter or {},
            steps=steps_of(self.cross_languages, keyword=self.keyword),
        )


class NewSearchApp(NullFreeRequest, ConsoleRequest):
    """A search app to make."""

    name: Annotated[str, AfterValidator(without_nul)]
    description: Text = ""
    avatar: Text = ""

    _name = field_validator("name", mode="before")(app_name)

    def values(self) -> SearchAppChanges:
        """Return what is given beside the name."""
        return SearchAppChanges(avatar=self.avatar, description=self.description)


class SearchAppChange(NullFreeRequest):
    """What a search app is to be; a null counts as not given.

    What the page sends back of what it was shown, such as `tenant_id`, is passed over.
    """

    name: Annotated[str, AfterValidator(without_nul)] | None = None
    description: Text | None = None
    avatar: Text | None = None
    search_config: SearchConfig | None = None

    _name = field_validator("name", mode="before")(app_name)

    def values(self) -> SearchAppChanges:
        """Return what is given."""
        config = self.search_config
        return SearchAppChanges(
            name=UNSET if self.name is None else self.name,
            avatar=UNSET if self.avatar is None else self.avatar,
            description=UNSET if self.description is None else self.description,
            settings=UNSET if config is None else config.values(),
        )


class SearchAppRequest(SearchAppChange, ConsoleRequest):
    """Which search app is to be what."""

    search_id: str


class SearchAppsRequest(ListQuery):
    """Which search apps to list."""

    orders = ORDERS

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a row shows."""
        return names_in(ListedSearchAppAnswer)

    owner_ids: Ids = Field(default=[])

    def wanted(self) -> ChatFilter:
        """Return which search apps are asked for."""
        return ChatFilter(keywords=self.keywords.strip(), owner_ids=tuple(self.owner_ids))


def present_page(found: SearchAppList, wanted: SearchAppsRequest) -> SearchAppListAnswer:
    """Return a page of search apps, with the fields of each that are asked for."""
    told = present_apps(found)
    return {"search_apps": wanted.chosen(told["search_apps"]), "total": told["total"]}


class MadeAnswer(TypedDict):
    """The id of a search app that was just made."""

    search_id: str


def present_made(app_id: str) -> MadeAnswer:
    """Return the id of a search app that was just made."""
    return {"search_id": app_id}
