import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.registry import find_parser
from rag.types import Block, Page
from tests.pdfs import drawn_pdf


@pytest.fixture
def parse(tmp_path: Path) -> Callable[..., list[Page]]:
    """Parse bytes under a name and return the pages; without OCR, which is not everywhere."""

    def parse_bytes(name: str, data: bytes, first_page: int = 1, last_page: int = 0) -> list[Page]:
        path = tmp_path / "stored-object"
        path.write_bytes(data)
        options = ParseOptions(first_page, last_page, helpers=Helpers(ocr=False))
        return list(find_parser(name)(path, name, options))

    return parse_bytes


@pytest.fixture
def blocks_of(parse: Callable[..., list[Page]]) -> Callable[[str, bytes], list[Block]]:
    """Parse bytes under a name and return the blocks of all pages."""

    def blocks(name: str, data: bytes) -> list[Block]:
        return [block for page in parse(name, data) for block in page.blocks]

    return blocks


@pytest.fixture
def texts_of(blocks_of: Callable[[str, bytes], list[Block]]) -> Callable[[str, bytes], list[str]]:
    """Parse bytes under a name and return the texts of all blocks."""

    def texts(name: str, data: bytes) -> list[str]:
        return [block.text for block in blocks_of(name, data)]

    return texts


@pytest.fixture
def zipped() -> Callable[[Mapping[str, str | bytes]], bytes]:
    """Make a zip archive of parts by name."""

    def archive(parts: Mapping[str, str | bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
            for part, content in parts.items():
                target.writestr(part, content)
        return buffer.getvalue()

    return archive


@pytest.fixture
def make_pdf() -> Callable[..., bytes]:
    """Make a PDF of content streams."""
    return drawn_pdf


@pytest.fixture
def at() -> Callable[..., str]:
    """Write the operators that show a text with its base line at x, y from the bottom left."""

    def show(x: int, y: int, text: str, size: int = 12) -> str:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"BT /F1 {size} Tf {x} {y} Td ({escaped}) Tj ET\n"

    return show
