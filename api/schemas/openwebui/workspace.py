"""Models of the workspace as Open WebUI's clients make them: assistants of the server."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import ConfigDict, Field, field_validator
from typing_extensions import TypedDict

from api.errors import NotBuiltError
from api.schemas.base import MAX_TEXT, NullFreeRequest, Request, StorableText
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.grant import AccessRequest, GrantAnswer, GrantingRequest, present_grants
from api.schemas.openwebui.knowledge import PersonAnswer, present_owner
from api.services.chats.values import ChatChanges, GenerationChanges
from api.services.stores.references import Form, reference_of, unbuilt_among
from api.services.unset import UNSET, Unset
from api.services.webui.model_records import USUAL, NewModel, WorkspaceModel, WorkspacePage

MOST_KEYS = 64
MOST_ITEMS = 100
MOST_IMPORTED = 1000
LONGEST_ID = 255

PICTURE = "data:image/"
DRAWN = "/api/v1/models/model/profile/image?id="
"""Where the picture of a model is, by its id."""

CAPABILITIES = {
    **dict.fromkeys(("citations", "usage", "file_context", "file_upload", "status_updates"), True),
    **dict.fromkeys(("web_search", "image_generation"), True),
    **dict.fromkeys(
        ("vision", "code_interpreter", "terminal", "memory", "builtin_tools"),
        False,
    ),
}
"""What the front end may offer with a model of which nothing else is said, where it is there."""

SEEING = {**CAPABILITIES, "vision": True}
"""What it may offer with a model of a provider: one that sees no pictures refuses them."""

NUMBERS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")

Identity = Annotated[StorableText, Field(min_length=1, max_length=LONGEST_ID)]
Name = Annotated[StorableText, Field(min_length=1, max_length=255)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Item = Annotated[dict[str, object], Field(max_length=MOST_KEYS)]


class Params(NullFreeRequest):
    """How a model is to answer; what is not named here is kept and has no effect."""

    model_config = ConfigDict(extra="allow")

    system: StorableText = ""
    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    max_tokens: int | None = None

    def generation(self, base: str) -> GenerationChanges:
        """Return how the assistant is to answer."""
        given = {name: getattr(self, name) for name in (*NUMBERS, "max_tokens")}
        values = {
            name: getattr(USUAL, name) if value is None else value for name, value in given.items()
        }
        return GenerationChanges(model_name=base, **values)

    def kept(self) -> dict[str, object]:
        """Return what is kept beside the assistant."""
        return dict(self.model_extra or {})


class Meta(NullFreeRequest):
    """What is told of a model, and what it reads; what is not named here is kept as it is."""

    model_config = ConfigDict(extra="allow")

    description: StorableText = ""
    profile_image_url: Annotated[StorableText, Field(max_length=MAX_TEXT)] = ""
    knowledge: list[Item] = Field([], max_length=MOST_ITEMS)

    @field_validator("knowledge")
    @classmethod
    def is_built(cls, items: list[Item]) -> list[Item]:
        """Refuse what no model can read."""
        found = [one.form for one in map(reference_of, items) if one is not None]
        kind = Form.CHAT.value if Form.CHAT in found else unbuilt_among(items)
        if kind:
            raise NotBuiltError(f"In `meta.knowledge`: {kind}")
        return items

    def avatar(self) -> str | Unset:
        """Return the picture, if one is given: an address of the server's own names what is."""
        if self.profile_image_url.startswith(DRAWN):
            return UNSET
        return self.profile_image_url if self.profile_image_url.startswith(PICTURE) else ""

    def dataset_ids(self) -> tuple[str, ...]:
        """Return the datasets that are read."""
        found = [reference_of(item) for item in self.knowledge]
        ids = [one.id for one in found if one is not None and one.form is Form.BASE]
        return tuple(dict.fromkeys(ids))

    def kept(self) -> dict[str, object]:
        """Return what is kept beside the assistant: files that are read among it."""
        found: dict[str, object] = dict(self.model_extra or {})
        references = [(item, reference_of(item)) for item in self.knowledge]
        files = [item for item, one in references if one is None or one.form is not Form.BASE]
        if files:
            found["knowledge"] = files
        url = self.profile_image_url
        if url and not url.startswith((PICTURE, DRAWN)):
            found["profile_image_url"] = url
        return found


class ModelRequest(GrantingRequest):
    """A model that is to be, or what it is from now on."""

    model_config = ConfigDict(
        str_max_length=MAX_TEXT,
        json_schema_extra={
            "examples": [
                {"id": "keeper", "name": "Keeper", "base_model_id": "", "params": {}, "meta": {}}
            ]
        },
    )

    id: Identity
    name: Name
    base_model_id: StorableText | None = Field(None, max_length=255)
    params: Params = Params()
    meta: Meta = Meta()
    is_active: bool = True

    def model(self) -> NewModel:
        """Return the model; raises NotBuiltError for what is set for a provider's own model."""
        if self.base_model_id is None:
            raise NotBuiltError("Settings of models of providers (a model without a base model)")
        changes = ChatChanges(
            name=self.name.strip(),
            avatar=self.meta.avatar(),
            description=self.meta.description,
            dataset_ids=self.meta.dataset_ids(),
            generation=self.params.generation(self.base_model_id),
        )
        kept = (self.params.kept(), self.meta.kept())
        return NewModel(self.id, changes, *kept, self.params.system, self.is_active)


class ImportRequest(Request):
    """Models as an export has them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"models": [{"id": "keeper", "name": "Keeper", "base_model_id": ""}]}]
        }
    )

    models: list[ModelRequest] = Field(max_length=MOST_IMPORTED)

    def wanted(self) -> list[NewModel]:
        """Return the models."""
        return [one.model() for one in self.models]


class ModelIdQuery(Request):
    """Which model."""

    id: Identity


class PictureQuery(Request):
    """The picture of which model."""

    id: StorableText = Field("", max_length=LONGEST_ID)


class ModelIdRequest(Request):
    """Which model."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "keeper"}]})

    id: Identity


class ModelAccessRequest(AccessRequest):
    """To whom a model is granted from now on: to these, and to nobody else."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "keeper", "access_grants": [{"principal_id": "*"}]}]}
    )

    id: Identity


class WorkspaceAnswer(TypedDict):
    """A model; times in seconds since 1970."""

    id: str
    user_id: str
    base_model_id: str
    name: str
    params: Mapping[str, Any]
    meta: Mapping[str, Any]
    access_grants: list[GrantAnswer]
    is_active: bool
    created_at: int
    updated_at: int
    user: PersonAnswer | None
    write_access: bool


class WorkspacePageAnswer(TypedDict):
    """Some models, and how many there are in all."""

    items: list[WorkspaceAnswer]
    total: int


def present_workspace(model: WorkspaceModel, *, whole: bool = True) -> WorkspaceAnswer:
    """Return a model; without the whole picture, but where it is."""
    chat = model.shown.chat
    return {
        "id": model.extra.model_id,
        "user_id": chat.tenant_id,
        "base_model_id": model.shown.model_name,
        "name": chat.name,
        "params": present_params(model),
        "meta": present_meta(model, whole=whole),
        "access_grants": present_grants("model", chat.id, model.grants),
        "is_active": model.extra.is_active,
        "created_at": chat.create_time // 1000,
        "updated_at": chat.update_time // 1000,
        "user": present_owner(model.owner),
        "write_access": model.is_writable,
    }


def present_params(model: WorkspaceModel) -> dict[str, object]:
    """Return how a model answers, as far as that is said; who may only use it is not told."""
    if not model.is_writable:
        return {}
    generation = model.shown.chat.generation
    given = {name: getattr(generation, name) for name in (*NUMBERS, "max_tokens")}
    said = {name: value for name, value in given.items() if value != getattr(USUAL, name)}
    system = {"system": model.system} if model.system else {}
    return {**model.extra.params, **said, **system}


def present_meta(model: WorkspaceModel, *, whole: bool) -> dict[str, object]:
    """Return what is told of a model, and what it reads of that which the asker may read."""
    chat, kept = model.shown.chat, dict(model.extra.meta)
    files = kept.pop("knowledge", [])
    bases = [
        {"id": dashed(one.id), "name": one.name, "type": "collection", "description": ""}
        for one in model.shown.datasets
    ]
    if chat.avatar:
        kept["profile_image_url"] = chat.avatar if whole else drawn(model)
    read = [*bases, *(files if isinstance(files, list) else [])]
    return {
        "capabilities": CAPABILITIES,
        "tags": [],
        **kept,
        "description": chat.description or None,
        "knowledge": read or None,
    }


def drawn(model: WorkspaceModel) -> str:
    """Return where the picture of a model is."""
    return DRAWN + quote(model.extra.model_id, safe="")


def present_workspaces(page: WorkspacePage) -> WorkspacePageAnswer:
    """Return a page of models."""
    items = [present_workspace(one, whole=False) for one in page.models]
    return {"items": items, "total": page.total}


def present_exported(models: Sequence[WorkspaceModel]) -> list[WorkspaceAnswer]:
    """Return models as they can be imported again."""
    return [present_workspace(one) for one in models]
