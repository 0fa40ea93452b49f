"""What is beside the text of a PDF: notes, form values, attachments, text that cannot be read."""

import zlib
from collections.abc import Callable

import pytest

from rag.types import BlockKind, Page
from tests.pdfs import Extras, drawn_pdf, pdf

Show = Callable[..., str]
Parse = Callable[..., list[Page]]
TextsOf = Callable[[str, bytes], list[str]]

FIRST = 7
"""The number of the first extra object of a PDF of one page."""


def with_annotations(show: Show, *annotations: str) -> bytes:
    numbers = " ".join(f"{FIRST + at} 0 R" for at in range(len(annotations)))
    extras = Extras(objects=annotations, page=f"/Annots [{numbers}]")
    return drawn_pdf([show(60, 100, "Travel policy")], extras=extras)


def note(kind: str, text: str, more: str = "") -> str:
    return f"<< /Type /Annot /Subtype /{kind} /Rect [60 600 160 620] /Contents ({text}) {more} >>"


def test_notes_and_texts_put_over_a_page_are_read_with_their_places(
    show: Show, parse: Parse
) -> None:
    data = with_annotations(
        show,
        note("FreeText", "Approved in May"),
        note("Text", "Ask the board", "/T (Ines)"),
        note("Highlight", "too much"),
        note("Text", ""),
        note("Text", "seen by nobody", "/F 2"),
        note("Popup", "only a window"),
    )
    (page,) = parse("a.pdf", data)
    assert [block.text for block in page.blocks] == [
        "Travel policy",
        "Approved in May",
        "Note (Ines): Ask the board",
        "Comment: too much",
    ]
    assert page.blocks[1].positions[0].as_list() == [1, 60, 160, 180, 200]


def field(kind: str, name: str, value: str, rect: str) -> str:
    return (
        f"<< /Type /Annot /Subtype /Widget /FT /{kind} /T ({name}) /V {value} /Rect [{rect}] "
        f"/DA (/Helv 10 Tf 0 g) /AS {value if kind == 'Btn' else '/N'} >>"
    )


def test_values_of_a_form_stand_beside_their_labels(show: Show, texts_of: TextsOf) -> None:
    fields = [
        field("Tx", "staff", "(P-4471)", "180 590 300 606"),
        field("Ch", "land", "(Belgium)", "180 550 300 566"),
        field("Btn", "paid", "/Yes", "60 510 70 520"),
        field("Tx", "empty", "()", "180 450 300 466"),
        field("Tx", "remark", "(by train)", "60 300 300 316"),
    ]
    numbers = " ".join(f"{FIRST + at} 0 R" for at in range(len(fields)))
    extras = Extras(
        objects=fields,
        page=f"/Annots [{numbers}]",
        catalog=f"/AcroForm << /Fields [{numbers}] >>",
    )
    labels = [(206, "Number"), (246, "Country"), (346, "Empty")]
    content = "".join(show(60, y, text) for y, text in labels) + show(80, 288, "Paid leave")
    text = " ".join(texts_of("a.pdf", drawn_pdf([content], extras=extras)))
    assert "Number P-4471" in text
    assert "Country Belgium" in text
    assert "[x] Paid leave" in text
    assert "remark: by train" in text


def with_attachment(show: Show, name: str, content: bytes) -> bytes:
    data = content.decode("cp1252")
    extras = Extras(
        objects=[
            f"<< /Type /EmbeddedFile /Length {len(content)} >>\nstream\n{data}\nendstream",
            f"<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F {FIRST} 0 R >> >>",
        ],
        catalog=f"/Names << /EmbeddedFiles << /Names [({name}) {FIRST + 1} 0 R] >> >>",
    )
    return drawn_pdf([show(60, 100, "See the attachment.")], extras=extras)


def test_an_attachment_is_read_by_the_parser_of_its_format(show: Show, parse: Parse) -> None:
    (page,) = parse("a.pdf", with_attachment(show, "rates.txt", b"Zurich: 190 euro"))
    assert [block.text for block in page.blocks] == [
        "See the attachment.",
        "rates.txt",
        "Zurich: 190 euro",
    ]
    assert page.blocks[1].kind is BlockKind.HEADING
    assert page.blocks[2].positions == ()


def test_an_attached_pdf_is_read_but_not_for_ever(show: Show, parse: Parse) -> None:
    data = pdf("innermost").replace(b"\x80", b"0")
    for name in ("three.pdf", "two.pdf", "one.pdf"):
        data = with_attachment(show, name, data)
    (page,) = parse("a.pdf", data)
    assert "innermost" in [block.text for block in page.blocks]
    for name in ("five.pdf", "four.pdf"):
        data = with_attachment(show, name, data)
    (page,) = parse("a.pdf", data)
    assert "innermost" not in [block.text for block in page.blocks]


def test_an_attachment_that_is_not_read_is_named(show: Show, parse: Parse) -> None:
    (page,) = parse("a.pdf", with_attachment(show, "sound.wav", b"RIFF"))
    assert page.note.startswith("the attachment sound.wav was not read: ")
    assert [block.text for block in page.blocks] == ["See the attachment."]


def test_text_of_a_font_without_a_map_is_said_and_left_out(show: Show, parse: Parse) -> None:
    content = show(60, 100, "!\"#$%&'()!\"#$%&'()", font="F3")
    (page,) = parse("a.pdf", drawn_pdf([content + show(60, 140, "These words are plain.")]))
    assert [block.text for block in page.blocks] == ["These words are plain."]
    assert "page 1 holds text that cannot be read" in page.note


NAMED = ["<< /Type /OCG /Name (Base) >>", r"<< /Name (Dr\141ft \(2\)) /Type /OCG >>"]
HIDDEN = "the file has layers that are switched off, whose text is read as well"


@pytest.mark.parametrize(
    ("names", "extra", "shown"),
    [
        (NAMED, "", False),
        ([NAMED[0], "<< /Type /OCG /Name <FEFF0044007200610066> >>"], "", False),
        ([NAMED[0], NAMED[0]], "", True),
        (NAMED, "/Configs []", True),
    ],
)
def test_text_of_layers_that_are_switched_off_is_left_out(
    show: Show, parse: Parse, names: list[str], extra: str, *, shown: bool
) -> None:
    layers = f"/OCProperties << /OCGs [7 0 R 8 0 R] /D << /OFF [8 0 R] >> {extra} >>"
    marks = ">> /Properties << /M0 7 0 R /M1 8 0 R"
    extras = Extras(objects=names, catalog=layers, fonts=marks)
    content = (
        f"/OC /M0 BDC\n{show(60, 100, 'On a layer.')}EMC\n{show(60, 140, 'On none.')}"
        f"/OC /M1 BDC\n{show(60, 180, 'Another price.')}EMC"
    )
    data = drawn_pdf([content], extras=extras)
    (page,) = parse("a.pdf", data)
    texts = [block.text for block in page.blocks]
    assert texts[:2] == ["On a layer.", "On none."]
    assert (texts[2:] == ["Another price."]) is shown
    assert (page.note == HIDDEN) is shown


@pytest.mark.parametrize("packed", [False, True])
def test_layers_that_are_switched_off_are_said(show: Show, parse: Parse, *, packed: bool) -> None:
    layers = "/OCProperties << /OCGs [8 0 R] /D << /OFF [8 0 R] >> >>"
    group = "<< /Type /OCG /Name (draft) >>"
    if packed:
        data = zlib.compress(f"8 0 9 {len(group) + 1} {group} << {layers} >>".encode())
        stream = "<< /Type /ObjStm /N 2 /First 9 /Filter /FlateDecode /Length %d >>\nstream\nXX"
        extras = Extras(objects=[stream % len(data) + "\nendstream"])
    else:
        extras = Extras(objects=["<< >>", group], catalog=layers)
    written = drawn_pdf([show(60, 100, "Plain words.")], extras=extras)
    (page,) = parse("a.pdf", written.replace(b"XX", data) if packed else written)
    assert page.note == "text of layers that are switched off was left out"
    (page,) = parse(
        "a.pdf", written.replace(b"/OFF", b"/ON") if not packed else pdf("Plain words.")
    )
    assert page.note == ""
