"""Paragraphs and reading order from boxes alone."""

from rag.parsing.pdf.layout import join_rows, paragraphs, reading_order
from rag.parsing.pdf.lines import HYPHEN, Line
from rag.parsing.pdf.scripts import clean


def box(text: str, left: float, top: float, right: float, bottom: float) -> Line:
    return Line(text, left, top, right, bottom)


def test_control_characters_go_and_blanks_are_squeezed() -> None:
    assert clean("a\x01  b\t c\x00") == "a b c"


def test_a_row_is_joined_with_a_blank_only_where_there_is_a_gap() -> None:
    row = [box("foot", 10, 10, 30, 20), box("note", 30.5, 10, 50, 20), box("here", 56, 10, 80, 20)]
    (joined,) = join_rows(row)
    assert joined.text == "footnote here"
    assert (joined.left, joined.right) == (10, 80)


def test_cells_far_apart_on_one_line_stay_apart() -> None:
    assert len(join_rows([box("a", 10, 10, 30, 20), box("b", 200, 10, 230, 20)])) == 2


def test_han_lines_are_joined_without_a_blank() -> None:
    lines = [box("这是第一行文字内容", 10, 10, 110, 20), box("第二行", 10, 24, 50, 34)]
    (paragraph,) = paragraphs(lines)
    assert paragraph.text == "这是第一行文字内容第二行"


def test_korean_lines_are_joined_with_a_blank() -> None:
    lines = [box("무이자할부 이용금액", 10, 10, 110, 20), box("할인이 적용된", 10, 24, 60, 34)]
    (paragraph,) = paragraphs(lines)
    assert paragraph.text == "무이자할부 이용금액 할인이 적용된"


def test_a_line_from_right_to_left_is_short_on_its_left() -> None:
    lines = [
        box("\u05d0\u05d1 1", 20, 10, 110, 20),
        box("\u05d2\u05d3 2", 60, 24, 110, 34),
        box("\u05d4\u05d5 3", 20, 38, 110, 48),
        box("\u05d6\u05d7 4", 20, 52, 110, 62),
        box("\u05d8\u05d9 5", 20, 66, 95, 76),
    ]
    assert [part.text[-1] for part in paragraphs(lines)] == ["2", "4", "5"]


def test_a_word_broken_over_two_lines_is_whole_and_its_box_spans_both() -> None:
    lines = [box(f"an exam{HYPHEN}", 10, 10, 110, 20), box("ple of it", 10, 24, 60, 34)]
    (paragraph,) = paragraphs(lines)
    assert paragraph.text == "an example of it"
    assert (paragraph.top, paragraph.bottom) == (10, 34)


def test_a_sentence_that_goes_on_after_a_short_line_is_one_paragraph() -> None:
    lines = [
        box("carbon intensity from our eastern", 10, 10, 110, 20),
        box("operations in the year", 10, 24, 70, 34),
        box("went down by a third.", 10, 38, 110, 48),
    ]
    (paragraph,) = paragraphs(lines)
    assert paragraph.text == " ".join(line.text for line in lines)


def test_short_lines_that_end_or_say_little_stay_apart() -> None:
    lines = [
        box("The sentence ends on this short line.", 10, 10, 60, 20),
        box("which is another paragraph of the page", 10, 24, 110, 34),
        box("oil", 10, 38, 40, 48),
        box("two spoons of it and no more than that", 10, 52, 110, 62),
    ]
    assert len(list(paragraphs(lines))) == 3


def test_a_broken_word_goes_on_whatever_the_print_of_its_lines() -> None:
    mark = Line(f"3The size and boundary are func{HYPHEN}", 16, 10, 110, 20, size=6)
    (paragraph,) = paragraphs([mark, Line("tions of both.", 10, 24, 60, 34, size=9)])
    assert paragraph.text == "3The size and boundary are functions of both."


def test_a_hyphen_that_nothing_follows_is_kept_as_one() -> None:
    (paragraph,) = paragraphs([box(f"cut off{HYPHEN}", 10, 10, 110, 20)])
    assert paragraph.text == "cut off-"


def test_a_larger_pitch_than_before_ends_a_paragraph() -> None:
    tops = (10, 22, 34, 53)
    lines = [box(f"line {top}", 10, top, 110, top + 10) for top in tops]
    assert [part.text for part in paragraphs(lines)] == ["line 10 line 22 line 34", "line 53"]


def test_a_heading_of_another_size_is_no_part_of_the_text_below() -> None:
    lines = [box("Title", 10, 10, 110, 36), box("text that follows", 10, 40, 110, 50)]
    assert len(list(paragraphs(lines))) == 2


def test_columns_side_by_side_are_no_paragraph() -> None:
    lines = [box("left column", 10, 10, 110, 20), box("right column", 300, 24, 400, 34)]
    assert len(list(paragraphs(lines))) == 2


def test_no_lines_make_no_paragraphs() -> None:
    assert list(paragraphs([])) == []


def test_an_order_with_few_jumps_is_left_alone() -> None:
    boxes = [box("footer", 10, 700, 500, 710), box("body", 10, 10, 500, 600)]
    assert [part.text for part in reading_order(boxes)] == ["footer", "body"]


def test_a_jumble_is_cut_into_bands_and_columns() -> None:
    names = ["bottom", "r2", "r1", "l2", "l1", "top"]
    places = {
        "top": (0, 0, 500, 20),
        "l1": (0, 40, 200, 60),
        "l2": (0, 80, 200, 100),
        "r1": (300, 40, 500, 60),
        "r2": (300, 80, 500, 100),
        "bottom": (0, 120, 500, 140),
    }
    boxes = [box(name, *places[name]) for name in names]
    ordered = [part.text for part in reading_order(boxes)]
    assert ordered == ["top", "l1", "l2", "r1", "r2", "bottom"]


def test_boxes_that_overlap_are_ordered_from_the_top() -> None:
    boxes = [box(str(top), 0, top, 100, top + 15) for top in (80, 60, 40, 20, 0)]
    assert [part.text for part in reading_order(boxes)] == ["0", "20", "40", "60", "80"]
