"""Which of the things that people make in the workspace a client asks for."""

from typing import Literal

from pydantic import Field

from api.schemas.base import MAX_PAGE, Request, StorableText
from api.schemas.openwebui.knowledge import ORDERS
from api.services.stores.knowledge_values import Whose
from api.services.webui.filters import WorkspaceFilter


class WorkspaceQuery(Request):
    """Which of them, in which order; 30 a page."""

    query: StorableText = Field("", max_length=255)
    view_option: Literal["", "created", "shared"] = ""
    tag: StorableText = Field("", max_length=255)
    order_by: str = Field("", max_length=32)
    direction: Literal["", "asc", "desc"] = ""
    page: int = Field(1, ge=1, le=MAX_PAGE)

    def filter(self) -> WorkspaceFilter:
        """Return what is asked for; what has no order comes by its newest change."""
        return WorkspaceFilter(
            keywords=self.query,
            tag=self.tag,
            whose=Whose(self.view_option),
            order=ORDERS.get(self.order_by, "update_time"),
            descending=self.direction != "asc",
            page=self.page,
        )
