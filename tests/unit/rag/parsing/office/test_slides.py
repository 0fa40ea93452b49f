"""Presentations: a page a slide, with all that is on it, and slides that are broken."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation
from pptx.util import Inches

from rag.errors import ParseError
from rag.parsing.registry import page_count
from rag.types import BlockKind, Page

Parse = Callable[..., list[Page]]
Zipped = Callable[[Mapping[str, str | bytes]], bytes]
PLACE = (Inches(1), Inches(1), Inches(3), Inches(1))
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(presentation: Presentation) -> bytes:
    buffer = io.BytesIO()
    presentation.save(buffer)
    return buffer.getvalue()


def titled(*titles: str) -> Presentation:
    presentation = pptx.Presentation()
    for title in titles:
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = title
    return presentation


def replaced(data: bytes, part: str, content: bytes | None) -> bytes:
    """Replace the content of a part, or omit the part."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for info in source.infolist():
            if info.filename != part:
                target.writestr(info, source.read(info))
        if content is not None:
            target.writestr(part, content)
    return buffer.getvalue()


def test_each_slide_is_a_page_with_its_title_first(parse: Parse) -> None:
    presentation = titled("One", "Two")
    box = presentation.slides[0].shapes.add_textbox(*PLACE)
    box.text_frame.text = "first line\nsecond line"
    title = presentation.slides[0].shapes.title.element
    box.element.addnext(title)
    first, second = parse("a.pptx", saved(presentation))
    assert (first.number, first.total, second.number) == (1, 2, 2)
    assert [(block.kind, block.text) for block in first.blocks] == [
        (BlockKind.HEADING, "One"),
        (BlockKind.TEXT, "first line\nsecond line"),
    ]


def test_groups_in_groups_are_opened(parse: Parse) -> None:
    presentation = titled("One")
    group = presentation.slides[0].shapes.add_group_shape()
    for _ in range(3):
        group = group.shapes.add_group_shape()
    group.shapes.add_textbox(*PLACE).text_frame.text = "deep inside"
    (page,) = parse("a.pptx", saved(presentation))
    assert page.blocks[-1].text == "deep inside"


def test_tables_become_rows(parse: Parse) -> None:
    presentation = titled("One")
    table = presentation.slides[0].shapes.add_table(2, 2, *PLACE).table
    for index, text in enumerate(("Name", "Age", "Ann", "7")):
        table.cell(index // 2, index % 2).text = text
    (page,) = parse("a.pptx", saved(presentation))
    assert page.blocks[-1].header == ("Name", "Age")
    assert page.blocks[-1].text == "Name: Ann; Age: 7"


def test_charts_say_their_titles_and_values(parse: Parse) -> None:
    presentation = titled("One")
    data = CategoryChartData()
    data.categories = ["May", "June"]
    data.add_series("North", (3, 4))
    frame = presentation.slides[0].shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Quarterly revenue"
    (page,) = parse("a.pptx", saved(presentation))
    assert page.blocks[-1].text == "Quarterly revenue\nNorth May: 3; June: 4"


def test_notes_of_the_speaker_are_read(parse: Parse) -> None:
    presentation = titled("One")
    presentation.slides[0].notes_slide.notes_text_frame.text = "say hello"
    (page,) = parse("a.pptx", saved(presentation))
    assert [block.text for block in page.blocks] == ["One", "say hello"]


def test_only_the_slides_asked_for_are_read(parse: Parse) -> None:
    data = saved(titled("One", "Two", "Three", "Four"))
    assert [page.blocks[0].text for page in parse("a.pptx", data, 2, 3)] == ["Two", "Three"]


def test_slides_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "object"
    path.write_bytes(saved(titled("One", "Two", "Three")))
    assert page_count(path, "a.pptx") == 3


def test_a_missing_or_huge_slide_does_not_hide_the_others(
    parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = saved(titled("One", "Two"))
    first, second = parse("a.pptx", replaced(data, "ppt/slides/slide1.xml", None))
    assert first.note == "slide 1 is missing in the file"
    assert second.blocks[0].text == "Two"
    monkeypatch.setattr("rag.parsing.office.ooxml.MAX_PART_BYTES", 100_000)
    first, second = parse(
        "a.pptx", replaced(data, "ppt/slides/slide1.xml", b"<a>" + b" " * 100_001)
    )
    assert "slide 1 could not be read" in first.note
    assert second.blocks[0].text == "Two"


def test_broken_xml_of_a_slide_gives_what_can_be_read(parse: Parse) -> None:
    data = saved(titled("One", "Two"))
    first, second = parse("a.pptx", replaced(data, "ppt/slides/slide1.xml", b"nothing"))
    assert first.blocks == ()
    assert first.note == "slide 1 could not be read: its part ppt/slides/slide1.xml is no XML"
    assert second.blocks[0].text == "Two"


def by_hand(zipped: Zipped, slide: str, **parts: str) -> bytes:
    links = "".join(
        f'<Relationship Id="r{kind}" Type="{RELATIONS}/{kind}" Target="../{kind}.xml"/>'
        for kind in parts
    )
    return zipped(
        {
            "ppt/presentation.xml": '<p xmlns:r="r"><sldId id="2" r:id="r1"/><sldId id="3"/></p>',
            "ppt/_rels/presentation.xml.rels": f'<R><Relationship Id="r1" Type="{RELATIONS}/slide" '
            'Target="/ppt/slides/s.xml"/><Relationship Id="r2" TargetMode="External"/></R>',
            "ppt/slides/s.xml": slide,
            "ppt/slides/_rels/s.xml.rels": f"<R>{links}</R>",
            **{f"ppt/{kind}.xml": content for kind, content in parts.items()},
        }
    )


def test_comments_old_and_new_are_read(parse: Parse, zipped: Zipped) -> None:
    comments = (
        "<l><cm><text>old style</text></cm>"
        "<cm><txBody><p><r><t>new </t><t>style</t></r></p></txBody>"
        "<reply><txBody><p><t>an answer</t></p></txBody></reply></cm><cm/></l>"
    )
    (page,) = parse("a.pptx", by_hand(zipped, "<s/>", comments=comments))
    assert [block.text for block in page.blocks] == ["old style", "new style", "an answer"]


def test_diagrams_are_read_and_fallbacks_and_slide_numbers_are_not(
    parse: Parse, zipped: Zipped
) -> None:
    shape = "<sp>{}<txBody><p><t>{}</t><br/><t>more</t></p></txBody></sp>"
    number = '<ph type="sldNum"/>'
    slide = (
        '<s xmlns:r="urn:r"><graphicFrame><relIds r:dm="rdiagramData"/></graphicFrame>'
        f"{shape.format(number, '7')}<Fallback>{shape.format('', 'twice')}"
        f"</Fallback>{shape.format('<ph/>', 'body')}<sp/></s>"
    )
    diagram = "<d><p><t>step one</t></p><p/><p><t>step two</t></p></d>"
    (page,) = parse("a.pptx", by_hand(zipped, slide, diagramData=diagram))
    assert [block.text for block in page.blocks] == ["step one\nstep two", "body\nmore"]


def test_an_archive_that_is_no_presentation_is_refused(parse: Parse, zipped: Zipped) -> None:
    with pytest.raises(ParseError, match=r"not a pptx file: it lacks ppt/presentation\.xml"):
        parse("a.pptx", zipped({"word/document.xml": "<a/>"}))
