"""Slides: shapes in reading order, what pictures show, files inside, what is hidden."""

import io
from collections.abc import Callable

import pptx
import pytest
import xlsxwriter
from PIL import Image
from pptx.presentation import Presentation
from pptx.util import Inches

from rag.types import Block, Page

BlocksOf = Callable[[str, bytes], list[Block]]
Parse = Callable[..., list[Page]]


def saved(deck: Presentation) -> bytes:
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def boxed(shapes: object, text: str, left: float, top: float) -> None:
    box = shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(0.5))  # type: ignore[attr-defined]
    box.text_frame.text = text


@pytest.fixture
def png() -> bytes:
    """Return a picture of one dot."""
    buffer = io.BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def deck() -> Presentation:
    made = pptx.Presentation()
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = "Steps"
    return made


def test_shapes_come_from_the_top_and_from_the_left(
    blocks_of: BlocksOf, deck: Presentation
) -> None:
    shapes = deck.slides[0].shapes
    for text, left, top in (("four", 4, 4), ("two", 4, 2.1), ("three", 1, 4), ("one", 1, 2)):
        boxed(shapes, text, left, top)
    found = blocks_of("a.pptx", saved(deck))
    assert [block.text for block in found] == ["Steps", "one", "two", "three", "four"]
    assert {box.page for block in found for box in block.positions} == {1}
    assert found[1].positions[0].left == 72


def test_a_group_stays_together_where_it_is(blocks_of: BlocksOf, deck: Presentation) -> None:
    shapes = deck.slides[0].shapes
    boxed(shapes, "below", 1, 5)
    group = shapes.add_group_shape()
    boxed(group.shapes, "right", 5, 2)
    boxed(group.shapes, "left", 1, 2.1)
    assert [block.text for block in blocks_of("a.pptx", saved(deck))] == [
        "Steps", "left", "right", "below",
    ]  # fmt: skip


def test_what_a_picture_shows_is_read(blocks_of: BlocksOf, deck: Presentation, png: bytes) -> None:
    shapes = deck.slides[0].shapes
    for said in ("The yield rises to 93 percent", "image1.png"):
        picture = shapes.add_picture(io.BytesIO(png), 0, Inches(3))
        picture._element.nvPicPr.cNvPr.set("descr", said)  # noqa: SLF001 - no other way
    assert [block.text for block in blocks_of("a.pptx", saved(deck))] == [
        "Steps", "The yield rises to 93 percent",
    ]  # fmt: skip


def test_a_workbook_on_a_slide_is_read(blocks_of: BlocksOf, deck: Presentation) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("Times")
        sheet.write_row(0, 0, ["Station", "Cycle time"])
        sheet.write_row(1, 0, ["Welding", "42 s"])
    buffer.seek(0)
    deck.slides[0].shapes.add_ole_object(buffer, "Excel.Sheet.12", 0, Inches(3))
    assert "Station: Welding; Cycle time: 42 s" in [
        block.text for block in blocks_of("a.pptx", saved(deck))
    ]


def test_a_hidden_slide_is_left_out_and_named(parse: Parse, deck: Presentation) -> None:
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Salaries"
    second._element.set("show", "0")  # noqa: SLF001 - no other way
    first, other = parse("a.pptx", saved(deck))
    assert [block.text for block in first.blocks] == ["Steps"]
    assert (other.blocks, other.note) == ((), "slide 2 is hidden and was left out")
