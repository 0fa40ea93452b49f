"""What is printed of an answer, and of its citations."""

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import click
import pytest

from api.cli.commands.ask import citations, printed, title
from api.cli.commands.search import excerpt, place


def output(*answers: str) -> str:
    with redirect_stdout(io.StringIO()) as caught:
        printed({"answer": answer} for answer in answers)
    return caught.getvalue()


def test_an_answer_is_printed_as_it_grows() -> None:
    assert output("Thirty", "Thirty days", "Thirty days.") == "Thirty days.\n"


def test_citations_that_come_at_the_end_do_not_repeat_the_answer() -> None:
    assert output("It is so.", "It is so [ID:0].") == "It is so.\n"


def test_an_answer_that_is_taken_back_is_printed_anew() -> None:
    assert output("Thirty", "No answer.", "No answer. Sorry.") == "Thirty\nNo answer. Sorry.\n"


def test_an_answer_commands_no_terminal() -> None:
    assert output("a\x1b[2Jb") == "a[2Jb\n"


def test_thinking_that_grows_is_printed_once() -> None:
    growing = ["<think>Hm</think>", "<think>Hm, so</think>", "<think>Hm, so</think>Yes."]
    assert output(*growing) == "<think>Hm, so</think>Yes.\n"
    assert output(*growing[:2]) == "<think>Hm, so</think>\n"


def test_an_answer_that_breaks_off_ends_its_line() -> None:
    def breaking() -> Iterator[dict[str, Any]]:
        yield {"answer": "Half an"}
        raise click.ClickException("The answer broke off.")

    with redirect_stdout(io.StringIO()) as caught, pytest.raises(click.ClickException):
        printed(breaking())
    assert caught.getvalue() == "Half an\n"


def test_what_was_printed_last_is_returned() -> None:
    with redirect_stdout(io.StringIO()):
        assert printed([{"answer": "a"}, {"answer": "ab", "reference": {}}])["reference"] == {}
        assert printed([]) == {}


def chunk(name: str, *pages: int) -> dict[str, Any]:
    return {"document_name": name, "positions": [[page, 0, 1, 0, 1] for page in pages]}


def test_each_cited_passage_has_a_line_with_file_and_page() -> None:
    reference = {"chunks": [chunk("a.pdf", 3), chunk("b.txt"), chunk("c.pdf", 5, 4)]}
    answer = "One [ID:2], two [ID:0] and one again [ID:2], none [ID:7]."
    lines = list(citations({"answer": answer, "reference": reference}))
    assert lines == ["", "[ID:0] a.pdf, page 3", "[ID:2] c.pdf, pages 4-5"]


@pytest.mark.parametrize("reference", [None, {}, {"chunks": []}])
def test_without_references_nothing_is_cited(reference: Any) -> None:
    assert list(citations({"answer": "[ID:0]", "reference": reference})) == []


def test_a_file_is_named_by_whichever_name_the_server_gives() -> None:
    assert place({"document_keyword": "k.md", "document_name": "n.md"}) == "k.md"
    assert place({"document_keyword": "line\nend\x1b.md"}) == "line end.md"
    assert place({}) == "?"


def test_a_long_passage_is_cut_and_stands_on_one_line() -> None:
    assert excerpt("a\n\nb") == "a b"
    assert excerpt("x" * 401) == "x" * 400 + " ..."


def test_the_assistants_name_is_that_of_its_datasets_and_never_too_long() -> None:
    assert title(()) == "raglan ask: all datasets"
    assert title(("b", "a")) == "raglan ask: a, b"
    long = [title((f"{letter * 128}", "z" * 128)) for letter in "ab"]
    assert len(set(long)) == 2
    assert all(len(name) < 160 for name in long)
    assert title(("x" * 120 + "1",)) != title(("x" * 120 + "2",))
