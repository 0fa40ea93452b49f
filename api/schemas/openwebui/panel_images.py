"""The page of the endpoint that draws."""

from typing import ClassVar

from pydantic import AliasChoices, ConfigDict, Field, StrictBool
from typing_extensions import TypedDict

from api.config.settings import Settings
from api.errors import ArgumentError
from api.schemas.openwebui.media import check_engine
from api.schemas.openwebui.panel import Panel, PanelRequest, Row, secret, text

ADDRESS = "images.base_url"

IMAGES = Panel(
    {
        "ENABLE_IMAGE_GENERATION": Row(
            ADDRESS,
            "image_generation.enable",
            bool,
            lambda value, before: before if value in {None, True} else "",
        ),
        "IMAGE_GENERATION_MODEL": text("images.model", "image_generation.model"),
        "IMAGE_SIZE": text("images.size", "image_generation.size"),
        "IMAGES_OPENAI_API_BASE_URL": text(ADDRESS, "image_generation.openai.api_base_url"),
        "IMAGES_OPENAI_API_KEY": secret("images.api_key", "image_generation.openai.api_key"),
    },
    {
        "ENABLE_IMAGE_PROMPT_GENERATION": False,
        "IMAGE_GENERATION_ENGINE": "openai",
        # The page looks into these before it shows anything.
        "COMFYUI_WORKFLOW_NODES": [],
        "IMAGES_EDIT_COMFYUI_WORKFLOW_NODES": [],
    },
)
"""An endpoint of OpenAI's kind draws where it has an address; others are not spoken to."""


class ImageConfigRequest(PanelRequest):
    """The endpoint that draws; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"IMAGE_SIZE": "1024x1024"}]})

    PANEL: ClassVar[Panel] = IMAGES

    ENABLE_IMAGE_GENERATION: StrictBool | None = None
    IMAGE_GENERATION_ENGINE: str | None = Field(
        None,
        max_length=64,
        validation_alias=AliasChoices("IMAGE_GENERATION_ENGINE", "ENGINE"),
    )
    IMAGE_GENERATION_MODEL: str | None = Field(None, max_length=255)
    IMAGE_SIZE: str | None = Field(None, max_length=16)
    IMAGES_OPENAI_API_BASE_URL: str | None = Field(None, max_length=512)
    IMAGES_OPENAI_API_KEY: str | None = Field(None, max_length=1024)

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change.

        Raises ArgumentError where pictures are to be drawn nowhere, and NotBuiltError for what is
        not spoken to.
        """
        check_engine(self.IMAGE_GENERATION_ENGINE)
        sent = self.model_dump(exclude_unset=True, exclude={"IMAGE_GENERATION_ENGINE"})
        found = self.PANEL.values(sent, settings)
        if self.ENABLE_IMAGE_GENERATION is False:
            found[ADDRESS] = ""
        elif self.ENABLE_IMAGE_GENERATION and not found.get(ADDRESS, settings.images.base_url):
            raise ArgumentError(
                "IMAGES_OPENAI_API_BASE_URL: give the address of the endpoint that draws."
            )
        return found


class ImageConfigAnswer(TypedDict):
    """The endpoint that draws; how the rest is built stands beside it."""

    ENABLE_IMAGE_GENERATION: bool
    ENABLE_IMAGE_PROMPT_GENERATION: bool
    IMAGE_GENERATION_ENGINE: str
    IMAGE_GENERATION_MODEL: str
    IMAGE_SIZE: str
    IMAGES_OPENAI_API_BASE_URL: str
    IMAGES_OPENAI_API_KEY: str


def present_image_config(settings: Settings) -> ImageConfigAnswer:
    """Return the endpoint that draws."""
    return IMAGES.shown(settings)  # type: ignore[return-value]  # its rows have these names
