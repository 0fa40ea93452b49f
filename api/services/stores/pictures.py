"""Pictures that an endpoint of the settings draws; each is kept as a file of who asks."""

import binascii
import logging
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from api.config.settings import Settings
from api.errors import ArgumentError, NotConfiguredError, RaglanError, UnavailableError
from api.services.accounts.records import Principal
from api.services.files.values import ReceivedFile
from api.services.library.web_pages import Pages
from api.services.media.asking import asking
from api.services.stores.knowledge_files import KnowledgeFiles
from api.services.stores.knowledge_records import KeptFile
from rag.llm.base import ModelSpec
from rag.loading import loaded

if TYPE_CHECKING:
    from rag.llm.media import Drawn

log = logging.getLogger(__name__)

ASKING = "rag.llm.media"
"""What asks endpoints, which few servers have."""

MOST_BYTES = 32 << 20
"""Of a picture."""

KINDS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"))
DATA = re.compile(r"data:image/[\w.+-]+;base64,", re.ASCII)
OF_FILE = re.compile(r"(?:.*/api/v1/files/)?([0-9a-fA-F-]{32,36})(?:/content)?", re.ASCII)
WEB = ("http://", "https://")

NO_PICTURES = "No endpoint draws pictures: `images.base_url` names one."
NO_PICTURE = "image: give a picture as `data:image/...;base64,`, or the id or address of a file."


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn: the `prompt`, how many, and a size or model other than the settings'."""

    prompt: str
    count: int = 1
    size: str = ""
    model: str = ""


class PictureService:
    """Draws and changes pictures."""

    def __init__(
        self, settings: Callable[[], Settings], files: KnowledgeFiles, pages: Pages
    ) -> None:
        """Initialize with the settings in force, where pictures are kept, and what fetches them."""
        self.settings = settings
        self.files = files
        self.pages = pages

    @property
    def draws(self) -> bool:
        """Return whether pictures are drawn."""
        return bool(self.settings().images.base_url)

    def draw(self, asker: Principal, wish: Wish) -> list[KeptFile]:
        """Draw pictures and return their files.

        Raises NotConfiguredError, RuleError for what the endpoint refuses, and UnavailableError.
        """
        spec, told = self.spec(wish), self.told(wish)
        with asking():
            found = loaded(f"{ASKING}:drawn")(spec, told)
        return self.keep(asker, found)

    def change(self, asker: Principal, wish: Wish, pictures: Sequence[str]) -> list[KeptFile]:
        """Draw pictures after others, which are named by data or as files.

        Raises as `draw`, ArgumentError for what names no picture, and NotFoundError.
        """
        spec = self.spec(wish)
        given = [self.content_of(asker, one) for one in pictures]
        named = [(f"image.{kind_of(one)}", one) for one in given]
        with asking():
            found = loaded(f"{ASKING}:changed")(spec, self.told(wish), named)
        return self.keep(asker, found)

    def verify(self) -> None:
        """Ask the endpoint that draws for its models; raises as `draw`."""
        with asking():
            loaded(f"{ASKING}:answering")(self.spec(Wish("")))

    def spec(self, wish: Wish) -> ModelSpec:
        """Return which model is asked; raises NotConfiguredError."""
        rules = self.settings().images
        if not self.draws:
            raise NotConfiguredError(NO_PICTURES)
        key = rules.api_key.get_secret_value()
        return ModelSpec(wish.model or rules.model, rules.base_url, key, timeout=rules.timeout)

    def told(self, wish: Wish) -> Mapping[str, object]:
        """Return what the endpoint is told."""
        size = wish.size or self.settings().images.size
        return {"prompt": wish.prompt, "n": wish.count, **({"size": size} if size else {})}

    def content_of(self, asker: Principal, picture: str) -> bytes:
        """Return the bytes of a picture that is named."""
        data = DATA.match(picture)
        if data:
            try:
                return checked(b64decode(picture[data.end() :], validate=True))
            except (binascii.Error, ValueError) as error:
                raise ArgumentError(NO_PICTURE) from error
        found = OF_FILE.fullmatch(picture)
        if found is None:
            raise ArgumentError(NO_PICTURE)
        download = self.files.download(asker, found[1].replace("-", "").lower())
        if download.size > MOST_BYTES:
            raise ArgumentError(f"image: at most {MOST_BYTES >> 20} MB.")
        return checked(b"".join(download.read(0, 0)))

    def keep(self, asker: Principal, pictures: Sequence["Drawn"]) -> list[KeptFile]:
        """Keep pictures as files of the asker's."""
        contents = [one.content or self.fetched(one.url) for one in pictures]
        return [
            self.files.upload(
                asker, ReceivedFile(f"picture.{kind_of(one)}", BytesIO(one)), read=False
            )
            for one in contents
        ]

    def fetched(self, url: str) -> bytes:
        """Return a picture from where the endpoint says that it is."""
        if not url.startswith(WEB):
            raise UnavailableError("The endpoint that draws names no address of its picture.")
        return self.pages.fetch(url).content

    def try_to_draw(self, asker: Principal, prompt: str) -> tuple[Sequence[KeptFile], str]:
        """Return a picture for an answer; or why there is none."""
        try:
            return self.draw(asker, Wish(prompt)), ""
        except RaglanError as error:
            log.warning("There is no picture for an answer: %s", error)
            return (), str(error)


def checked(content: bytes) -> bytes:
    """Return what is a picture; raises ArgumentError."""
    if len(content) > MOST_BYTES or kind_of(content) == "bin":
        raise ArgumentError(NO_PICTURE)
    return content


def kind_of(content: bytes) -> str:
    """Return the suffix of a picture by how it begins; "bin" for another file."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for begins, kind in KINDS if content.startswith(begins)), "bin")
