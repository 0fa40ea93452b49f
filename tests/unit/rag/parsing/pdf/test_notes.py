"""Notes whose raised mark is printed smaller than they are."""

from collections.abc import Callable

from rag.types import Block

BlocksOf = Callable[[str, bytes], list[Block]]


def test_a_note_behind_a_raised_mark_is_one_paragraph(
    blocks_of: BlocksOf, make_pdf: Callable[..., bytes]
) -> None:
    first = "The ideal size of a passage depends on the reader and on the retriever."
    second = "It was found by trials, as the appendix shows for each of the models."
    page = (
        f"BT /F1 6 Tf 50 703 Td (4) Tj ET BT /F1 9 Tf 53.4 700 Td ({first}) Tj ET"
        f" BT /F1 9 Tf 50 689 Td ({second}) Tj ET"
    )
    (note,) = blocks_of("a.pdf", make_pdf([page]))
    assert note.text.replace(" ", "") == f"4{first}{second}".replace(" ", "")
