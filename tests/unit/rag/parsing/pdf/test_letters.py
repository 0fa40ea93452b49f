"""Lines read letter by letter, and text put right."""

import pytest

from rag.parsing.pdf.letters import Letter, spelled
from rag.parsing.pdf.lines import HYPHEN
from rag.parsing.pdf.scripts import clean, joined


def spaced(text: str, step: float = 8, width: float = 5) -> list[Letter]:
    """Return letters of a width, a step apart; "_" is a blank that was put into a gap."""
    letters: list[Letter] = []
    x = 0.0
    for char in text:
        if char == "_":
            letters.append(Letter(" ", x, 0, x, 10, made_up=True))
        else:
            letters.append(Letter(char, x, 0, x + width, 10))
            x += step
    return letters


def words(letters: list[Letter]) -> list[list[str]]:
    return [[word.text for word in run] for run in spelled(letters)]


def leftward(text: str) -> list[Letter]:
    """Return letters as they are written from right to left, ten points each."""
    return [Letter(char, -10 * at, 0, -10 * at + 10, 10) for at, char in enumerate(text)]


def test_blanks_that_were_put_between_spaced_letters_go_and_real_ones_stay() -> None:
    letters = spaced("An_nu_a_l r_e_po_r_t", step=7)
    assert words(letters) == [["Annual", "report"]]


def test_without_blanks_of_the_file_the_wider_gap_parts_words() -> None:
    letters = spaced("wi_dg_e_t", step=7)
    more = [
        letter._replace(left=letter.left + 46, right=letter.right + 46)
        for letter in spaced("_pr_i_c_e_s", step=7)
    ]
    letters += more
    assert words(letters) == [["widget", "prices"]]


def test_figures_that_stand_apart_are_not_joined() -> None:
    found = words(spaced("1_2_3_4_5"))
    assert [word for run in found for word in run] == ["1", "2", "3", "4", "5"]


def test_another_base_line_or_a_jump_back_begins_a_run() -> None:
    line = spaced("abc", step=5)
    lower = [letter._replace(top=20, bottom=30) for letter in spaced("def", step=5)]
    assert words([*line, *lower]) == [["abc"], ["def"]]
    back = [letter._replace(left=letter.left - 20) for letter in spaced("ghi", step=5)]
    assert words([*line, *back]) == [["abc"], ["ghi"]]


def test_a_lam_comes_before_the_alef_of_its_glyph() -> None:
    letters = leftward("\u062b\u0644\u062b")
    pair = letters[1]
    stored = [letters[0], pair._replace(text="\u0627"), pair, letters[2]]
    assert words(stored) == [["\u062b\u0644\u0627\u062b"]]


def test_codes_and_brackets_in_a_line_from_right_to_left() -> None:
    shown = leftward(")\u05d0\u05d1 21-RH(")
    assert words(shown) == [["(\u05d0\u05d1", "HR-12)"]]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("e\x1ecient o\x1eces", "efficient offices"),
        ("\x0cnd the \x0cx", "find the fix"),
        ("数据 库 系 统", "数据库系统"),
        ("ร ะ บ บ", "ระบบ"),
        ("ระบบ ฐานข้อมูล", "ระบบ ฐานข้อมูล"),
        ("한국어 문장", "한국어 문장"),
        ("a\u200bb\ufeff\u2060c", "abc"),
        ("well\u2010known", "well-known"),
        ("compre\u00adhensive", "comprehensive"),
        ("admin\u2010", f"admin{HYPHEN}"),
        ("admin\u00ad", f"admin{HYPHEN}"),
    ],
)
def test_text_is_put_right(given: str, wanted: str) -> None:
    assert clean(given) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([f"admin{HYPHEN}", "istrative"], "administrative"),
        ([f"Levenberg{HYPHEN}", "Marquardt"], "Levenberg-Marquardt"),
        (["第一行", "第二行"], "第一行第二行"),
        (["무이자", "할부"], "무이자 할부"),
        ([], ""),
    ],
)
def test_lines_are_joined(given: list[str], wanted: str) -> None:
    assert joined(given) == wanted


def test_words_of_a_latin_line_that_are_stored_from_right_to_left_are_put_in_order() -> None:
    stored = []
    for at, word in enumerate(("dolor", "ipsum", "Lorem")):
        stored += [
            Letter(char, 100 - 50 * at + 8 * n, 0, 108 - 50 * at + 8 * n, 10)
            for n, char in enumerate(word)
        ]
        stored.append(Letter(" ", 90 - 50 * at, 0, 100 - 50 * at, 10))
    assert words(stored) == [["Lorem", "ipsum", "dolor"]]
