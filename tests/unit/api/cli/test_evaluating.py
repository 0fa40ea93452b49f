"""Questions in CSV files, and settings on the command line."""

from pathlib import Path

import click
import pytest

from api.cli.commands.evaluating import Settings, read_questions


def test_rows_with_the_same_question_are_several_passages(tmp_path: Path) -> None:
    file = tmp_path / "questions.csv"
    file.write_text(
        "\ufeffQuestion,file,Page,note\nWho rows?,log.pdf,3,x\nWho rows?,b.txt,,\n,c,,\n"
    )

    assert read_questions(file) == [
        {
            "question": "Who rows?",
            "expected": [{"file": "log.pdf", "page": 3}, {"file": "b.txt", "page": 0}],
        }
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "name the columns"),
        ("", "name the columns"),
        ("question,file\n", "no questions"),
        ("question,file,page\nWho?,a,two\n", "line 2: two is no page"),
        ("question,file\nWho?,\n", "line 2: say a file"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "questions.csv"
    file.write_text(text)

    with pytest.raises(click.ClickException, match=said):
        read_questions(file)


def test_settings_go_by_the_names_of_the_server() -> None:
    found = Settings().convert("weight=0.7, top_k=50", None, None)
    assert found == {"vector_similarity_weight": 0.7, "top_k": 50}
    for wrong in ("size=3", "top_k=many"):
        with pytest.raises(click.BadParameter):
            Settings().convert(wrong, None, None)
