"""Texts that are found among the words of pages, and those that are better not."""

import re
from pathlib import Path

import numpy as np
import pytest

from api.web.files import FOLDER
from rag.parsing.pdf.finding import WORD, Finder, pieces
from rag.parsing.registry import is_laid_out, is_placed, supported_suffixes, write_words
from tests.pdfs import pdf

WIDTH, HEIGHT = 10, 12


def finder(*pages: str, folder: Path) -> Finder:
    """Return a finder of pages whose words are 10 points wide, and whose lines 12 points high."""
    rows = [
        (token, number, (place * WIDTH, line * HEIGHT, (place + 1) * WIDTH, (line + 1) * HEIGHT))
        for number, page in enumerate(pages, start=1)
        for line, text in enumerate(page.splitlines())
        for place, (token, _, _) in enumerate(pieces(text))
    ]
    target = folder / "words.npy"
    np.save(target, np.array(rows, dtype=WORD))
    return Finder(target.read_bytes())


LETTER = """Dear reader of the log
the lamp burns at night
and the keeper sleeps by day
Yours the harbour master"""


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("The lamp burns at night.", [[1, 0, 51, 11, 25]]),
        ("THE LAMP\nburns **at** night", [[1, 0, 51, 11, 25]]),
        ("<td>the lamp</td> | burns at night", [[1, 0, 51, 11, 25]]),
        ("1. the lamp burns at night", [[1, 0, 51, 11, 25]]),
        ("the lamp burns at night and the keeper sleeps by day", [[1, 0, 61, 11, 37]]),
        ("harbour master", [[1, 19, 41, 35, 49]]),
        ("keeper", [[1, 19, 31, 23, 37]]),
    ],
)
def test_a_text_is_boxed_where_its_words_are(
    tmp_path: Path, text: str, boxes: list[list[float]]
) -> None:
    assert finder(LETTER, folder=tmp_path).find(text) == boxes


@pytest.mark.parametrize(
    "text",
    ["", "...", "The tide rises.", "the", "lamp burns by day in Rome and Paris", "burns lamp"],
)
def test_what_is_not_there_or_doubtful_has_no_box(tmp_path: Path, text: str) -> None:
    assert finder(LETTER, folder=tmp_path).find(text) == []


def test_the_same_words_twice_are_doubtful(tmp_path: Path) -> None:
    words = "the lamp burns at night"
    far = "\n".join(f"line {number} of others" for number in range(20))
    assert finder(words, far, words, folder=tmp_path).find(words) == []
    assert finder(words, far, "the lamp burns", folder=tmp_path).find(words)[0][0] == 1


def test_a_text_goes_on_behind_what_stands_between_the_pages(tmp_path: Path) -> None:
    pages = ("a storm came up\nPage 1 of 2", "Log of 1911\nand the boats stayed in")
    text = "A storm came up and the boats stayed in."
    found = finder(*pages, folder=tmp_path).find(text)
    assert [box[0] for box in found] == [1, 2]


def test_each_ideograph_is_a_word(tmp_path: Path) -> None:
    found = finder("灯塔在夜里发光", "潮水中午上涨", folder=tmp_path)
    assert found.find("夜里发光。") == [[1, 29, 71, 0, 13]]


def test_no_words_hold_no_text(tmp_path: Path) -> None:
    assert finder("", folder=tmp_path).find("The lamp burns.") == []


def test_the_words_of_a_pdf_are_found_where_they_stand(tmp_path: Path) -> None:
    source, target = tmp_path / "a.pdf", tmp_path / "words.npy"
    source.write_bytes(pdf("The lamp burns at night.", "The tide rises at noon."))
    write_words(source, "a.pdf", target)
    [[page, left, right, top, bottom]] = Finder(target.read_bytes()).find("tide rises")
    assert page == 2
    assert 60 < left < 80 < right < 140
    assert 85 < top < 95 < bottom < 105


def test_the_console_knows_which_files_are_looked_up() -> None:
    script = (FOLDER / "parts" / "sources.mjs").read_text("utf-8")
    [pattern] = re.findall(r"^const office = /(.+)/i;$", script, re.MULTILINE)
    for suffix in supported_suffixes():
        name = f"a.{suffix}"
        sought = is_laid_out(name) and not is_placed(name)
        assert bool(re.search(pattern, name)) == sought, suffix
