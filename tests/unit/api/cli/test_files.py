"""Which files are brought in, and which of them are there already."""

from pathlib import Path
from typing import Any

import pytest

from api.cli.files import content_hash, find_files, has_name, is_supported, plan


def write(folder: Path, *names: str, content: str = "x") -> list[Path]:
    made = [folder / name for name in names]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return made


def document(name: str, file: Path) -> dict[str, Any]:
    return {"name": name, "size": file.stat().st_size, "content_hash": content_hash(file)}


def test_folders_are_searched_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", "a/z.txt", "a/.git/config.txt", ".hidden.txt", ".c/d.txt")
    (tmp_path / "empty").mkdir()
    found = [str(path.relative_to(tmp_path)) for path in find_files([tmp_path])]
    assert found == ["a/z.txt", "b.txt"]


def test_a_file_that_is_named_twice_is_taken_once_and_a_hidden_one_if_named(tmp_path: Path) -> None:
    [shown, hidden] = write(tmp_path, "a.txt", ".b.txt")
    assert find_files([tmp_path, shown, tmp_path / "x" / ".." / "a.txt", hidden]) == [shown, hidden]


def test_a_folder_inside_a_hidden_one_may_be_named(tmp_path: Path) -> None:
    [inside] = write(tmp_path, ".hidden/a.txt")
    assert find_files([tmp_path / ".hidden"]) == [inside]


@pytest.mark.parametrize(("name", "expected"), [("A.PDF", True), ("a.xyz", False), ("a", False)])
def test_what_can_be_parsed_is_known_by_its_suffix(name: str, expected: bool) -> None:  # noqa: FBT001
    assert is_supported(Path(name)) is expected


@pytest.mark.parametrize(
    ("known", "wanted", "expected"),
    [
        ("a.txt", "a.txt", True),
        ("A.TXT", "a.txt", True),
        ("a.txt", " a.txt ", True),
        ("e\u0301.txt", "\u00e9.txt", True),
        ("a(1).txt", "a.txt", True),
        ("a(12).txt", "a.txt", True),
        ("a(1).txt", "a(1).txt", True),
        ("a(1)(1).txt", "a(1).txt", True),
        ("a.txt", "a(1).txt", False),
        ("a().txt", "a.txt", False),
        ("a(x).txt", "a.txt", False),
        ("ab.txt", "a.txt", False),
        ("a.md", "a.txt", False),
        ("a+b.txt", "aab.txt", False),
        ("README", "README", True),
    ],
)
def test_a_document_has_a_files_name_be_it_with_a_number(
    known: str,
    wanted: str,
    expected: bool,  # noqa: FBT001
) -> None:
    assert has_name(known, wanted) is expected


def test_what_is_there_is_known_by_name_and_content(tmp_path: Path) -> None:
    [same] = write(tmp_path, "same.txt")
    [changed] = write(tmp_path, "changed.txt", content="new")
    [fresh] = write(tmp_path, "fresh.txt")
    [old] = write(tmp_path, "elsewhere/changed.txt", content="old")
    documents = [document("same.txt", same), document("changed.txt", old)]
    made = plan([same, changed, fresh], documents)
    assert made.kept == documents[:1]
    assert made.new == [changed, fresh]
    assert made.older == {changed: documents[1:]}


def test_each_document_stands_for_one_file(tmp_path: Path) -> None:
    files = write(tmp_path, "a/x.txt", "b/x.txt", "c/x.txt")
    documents = [document("x.txt", files[0]), document("x(1).txt", files[1])]
    made = plan(files, documents)
    assert made.kept == documents
    assert (made.new, made.older) == (files[2:], {})


def test_all_older_versions_belong_to_the_first_changed_file_of_the_name(tmp_path: Path) -> None:
    files = write(tmp_path, "a/x.txt", "b/x.txt", content="new")
    [old] = write(tmp_path, "old", content="older")
    [longer] = write(tmp_path, "longer", content="much older")
    documents = [document("x(1).txt", longer), document("x.txt", old), document("y.txt", old)]
    made = plan(files, documents)
    assert {file: [item["name"] for item in older] for file, older in made.older.items()} == {
        files[0]: ["x.txt", "x(1).txt"]
    }


def test_a_file_that_went_away_counts_as_new(tmp_path: Path) -> None:
    [gone] = write(tmp_path, "gone.txt")
    known = document("gone.txt", gone)
    gone.unlink()
    made = plan([gone], [known])
    assert (made.kept, made.new) == ([], [gone])
