"""Names, the keys by which they are compared, and the form of ids."""

from itertools import islice

import pytest

from api.services.library.names import (
    KEY_LIMIT,
    candidates,
    is_chunk_id,
    is_id,
    name_key,
    numbered_file,
    numbered_title,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Notes", "nOTES"), ("straße", "STRASSE"), ("é", "e\u0301"), ("Ǆ", "ǆ"), ("İ", "i̇")],
)
def test_names_that_differ_in_case_or_composition_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("e", "é"), ("a", "a "), ("\uff46", "f")])
def test_other_names_have_keys_of_their_own(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_key_fits_its_column_however_much_a_name_grows() -> None:
    one, other = "\ufb03" * 127 + "a", "\ufb03" * 127 + "b"  # the ligature ffi
    assert len(name_key(one)) == len(name_key(other)) == KEY_LIMIT
    assert name_key(one) != name_key(other)


def test_free_names_are_offered_in_order() -> None:
    taken = {name_key("a"), name_key("A(2)")}
    assert list(islice(candidates("a", numbered_title(9), taken), 2)) == ["a(1)", "a(3)"]


@pytest.mark.parametrize(
    ("name", "limit", "expected"),
    [
        ("a.txt", 99, "a(7).txt"),
        ("a", 99, "a(7)"),
        (".hidden", 99, ".hidden(7)"),
        ("a.tar.gz", 99, "a.tar(7).gz"),
        ("灯灯灯.md", 10, "灯(7).md"),
    ],
)
def test_a_number_goes_before_the_suffix_and_within_the_limit(
    name: str, limit: int, expected: str
) -> None:
    assert numbered_file(limit)(name, 7) == expected
    assert len(expected.encode()) <= limit


def test_ids_are_hex_digits_of_the_right_number() -> None:
    assert is_id("0af" + "0" * 29)
    assert is_chunk_id("0af" + "0" * 13)
    for text in ("", "0" * 31, "0" * 33, "A" * 32, "0" * 32 + "\n", "٣" * 32):
        assert not is_id(text)
        assert not is_chunk_id(text)
