"""Which files are brought in, and which of them are there already."""

import os
from pathlib import Path
from typing import Any

import pytest

from api.cli.files import Found, content_hash, find_files, has_name, is_supported, plan


def write(folder: Path, *names: str, content: str = "x") -> list[Path]:
    made = [folder / name for name in names]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return made


def document(name: str, file: Path, **fields: str) -> dict[str, Any]:
    """Return a document of a file's content, which says of its place what is given."""
    size = file.stat().st_size
    return {
        "name": name,
        "size": size,
        "content_hash": content_hash(file),
        "meta_fields": fields,
    }


def at(folder: Path, path: str) -> Found:
    return Found(folder / path, str(folder), path)


def named(made: Any) -> dict[str, list[str]]:
    """Return the names of the older documents of files, by the files' paths."""
    return {found.path: [item["name"] for item in older] for found, older in made.older.items()}


def test_folders_are_searched_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", "a/z.txt", "a/.git/config.txt", ".hidden.txt", ".c/d.txt")
    (tmp_path / "empty").mkdir()
    found = find_files([tmp_path])
    assert [item.path for item in found] == ["a/z.txt", "b.txt"]
    assert {item.folder for item in found} == {str(tmp_path)}


def test_what_programs_and_systems_leave_about_is_no_file_of_a_folder(
    tmp_path: Path,
) -> None:
    write(tmp_path, "Budget.xlsx", "~$Budget.xlsx", "desktop.ini", "a/Thumbs.db", "__MACOSX/x.txt")
    assert [item.path for item in find_files([tmp_path])] == ["Budget.xlsx"]


def test_a_file_that_is_named_twice_is_taken_once_and_a_hidden_one_if_named(tmp_path: Path) -> None:
    [shown, hidden] = write(tmp_path, "a.txt", ".b.txt")
    found = find_files([tmp_path, shown, tmp_path / "x" / ".." / "a.txt", hidden])
    assert found == [at(tmp_path, "a.txt"), at(tmp_path, ".b.txt")]
    assert [item.file for item in found] == [shown, hidden]


def test_a_folder_inside_a_hidden_one_may_be_named(tmp_path: Path) -> None:
    write(tmp_path, ".hidden/a.txt")
    assert find_files([tmp_path / ".hidden"]) == [at(tmp_path / ".hidden", "a.txt")]


def test_a_file_is_at_the_same_place_whichever_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = write(tmp_path, "f/2024/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "f")
    monkeypatch.chdir(tmp_path / "f")
    named = [tmp_path / "f", tmp_path / "f" / "2024", file, Path("2024"), Path(), tmp_path / "link"]
    found = [find_files([path])[0] for path in named]
    assert {item.location for item in found} == {str(file)}
    assert [item.path for item in found] == [
        *["2024/a.txt", "a.txt", "a.txt", "a.txt", "2024/a.txt", "2024/a.txt"]
    ]


def test_a_name_may_stand_for_the_folder(tmp_path: Path) -> None:
    write(tmp_path, "one/a.txt", "two/a.txt")
    places = {find_files([tmp_path / name], "docs")[0].location for name in ("one", "two")}
    assert places == {"docs/a.txt"}


def test_bytes_that_are_no_text_stand_in_a_path_as_escapes(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xe9t\xe9"
    os.mkdir(folder)  # noqa: PTH102 - pathlib takes no bytes
    [file] = write(Path(os.fsdecode(folder)), "a.txt")
    assert find_files([tmp_path])[0].path == "\\xe9t\\xe9/a.txt"
    assert find_files([tmp_path])[0].file == file


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


def test_a_file_is_known_by_its_place_and_its_content(tmp_path: Path) -> None:
    write(tmp_path, "same.txt", "fresh.txt")
    write(tmp_path, "changed.txt", content="new")
    [old] = write(tmp_path, "old", content="old")
    documents = [
        document("other name.txt", tmp_path / "same.txt", folder=str(tmp_path), path="same.txt"),
        document("changed.txt", old, folder=str(tmp_path), path="changed.txt"),
    ]
    same, changed, fresh = (at(tmp_path, f"{name}.txt") for name in ("same", "changed", "fresh"))
    made = plan([same, changed, fresh], documents)
    assert made.kept == {same: documents[0]}
    assert made.new == [changed, fresh]
    assert made.older == {changed: documents[1:]}
    assert made.adopted == []


@pytest.mark.parametrize("content", ["x", "other"])
def test_no_file_takes_the_document_of_another_with_its_name(tmp_path: Path, content: str) -> None:
    write(tmp_path, "2024/a.txt")
    [other] = write(tmp_path, "2025/a.txt", content=content)
    known = document("a.txt", other, folder=str(tmp_path), path="2025/a.txt")
    file = at(tmp_path / "2024", "a.txt")
    made = plan([file], [known])
    assert (made.kept, made.new, made.older) == ({}, [file], {})


def test_the_document_of_a_file_is_known_when_another_folder_is_named(tmp_path: Path) -> None:
    [file] = write(tmp_path, "2024/a.txt", content="new")
    [old] = write(tmp_path, "old")
    known = document("a(1).txt", old, folder=str(tmp_path), path="2024/a.txt")
    found = at(tmp_path / "2024", "a.txt")
    assert found.file == file
    assert plan([found], [known]).older == {found: [known]}


def test_older_documents_beside_the_one_that_is_kept_are_still_older(tmp_path: Path) -> None:
    [file, old] = write(tmp_path, "a.txt", "old")
    old.write_text("older", encoding="utf-8")
    place = {"folder": str(tmp_path), "path": "a.txt"}
    documents = [document("a(2).txt", old, **place), document("a.txt", old, **place)]
    kept = document("a(1).txt", file, **place)
    made = plan([at(tmp_path, "a.txt")], [*documents, kept])
    assert list(made.kept.values()) == [kept]
    assert named(made) == {"a.txt": ["a.txt", "a(2).txt"]}


def test_documents_that_tell_no_place_are_those_of_files_with_their_name_and_content(
    tmp_path: Path,
) -> None:
    paths = ("a/x.txt", "b/x.txt", "c/x.txt", "y.txt")
    files = write(tmp_path, *paths)
    [changed] = write(tmp_path, "y.txt", content="new")
    del files[3]
    documents = [document("x.txt", files[0]), document("x(1).txt", files[1])]
    documents.append(document("y.txt", files[0]))
    found = [at(tmp_path, path) for path in paths]
    assert found[3].file == changed
    made = plan(found, documents)
    assert list(made.kept.values()) == documents[:2], "each stands for one file"
    assert made.adopted == found[:2]
    assert made.new == found[2:]
    assert made.older == {}, "a name alone makes no document that of a file"


def test_a_folder_that_was_moved_takes_its_documents_along(tmp_path: Path) -> None:
    [file] = write(tmp_path, "new/2024/a.txt")
    gone = {"folder": str(tmp_path / "old"), "path": "2024/a.txt"}
    found = at(tmp_path / "new", "2024/a.txt")
    known = document("a.txt", file, **gone)
    made = plan([found], [known])
    assert (made.kept, made.adopted) == ({found: known}, [found])
    write(tmp_path, "old/2024/a.txt")
    assert plan([found], [known]).new == [found], "it was copied, not moved"
    elsewhere = document("a.txt", file, folder=str(tmp_path / "gone"), path="2025/a.txt")
    assert plan([found], [elsewhere]).new == [found]
    by_name = document("a.txt", file, folder="handbook", path="2024/a.txt")
    assert plan([found], [by_name]).new == [found]


@pytest.mark.parametrize("fields", [{"path": "a.txt"}, {"path": 1, "folder": 2}, {}])
def test_metadata_of_other_origin_tell_no_place(tmp_path: Path, fields: dict[str, Any]) -> None:
    [file] = write(tmp_path, "a.txt")
    known = {**document("a.txt", file), "meta_fields": fields}
    found = at(tmp_path, "a.txt")
    assert plan([found], [known]).adopted == [found]


def test_a_file_that_went_away_counts_as_new(tmp_path: Path) -> None:
    [gone] = write(tmp_path, "gone.txt")
    known = document("gone.txt", gone)
    gone.unlink()
    found = at(tmp_path, "gone.txt")
    made = plan([found], [known])
    assert (made.kept, made.new) == ({}, [found])
