"""Archives of 7-Zip: each method that is read, and those that are not."""

import struct
import zlib
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress

import pytest

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.archives import unpacking
from rag.types import Page

TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]

# Made with py7zr 1.1: one/a.txt, b.csv and empty.txt.
MADE = {
    "lzma": (
        "N3q8ryccAAQlPPGQqwAAAAAAAAAVAAAAAAAAAI5gLkUAKhoIogL70qTFxTYD36gds8ObFqnma3PS3IXVJfZgkH5b"
        "RRIWxTP//5keAADgAJwAdl0AAIEzB64P0NNtfJ8/R0FY1v4CaiWo6ICFeuXTtn06I8EZ87LqV626XP9g5YkNzGOW"
        "AIRoznEyYDVbYNroS+RsK/0E+lCdT9iasqHL+1atsh7JvqzgF2eusPfCV5gqg41dJ+7yGLma2NBObRAG+OcuWOQO"
        "iAAAAAAXBi0BCX4ABwsBAAEhIQEYDICdAAA="
    ),
    "lzma2": (
        "N3q8ryccAAR3EP99pAAAAAAAAAAVAAAAAAAAAEZE7uUBACBUaGUgbGFtcCBidXJucy5GcnVpdCxQcmljZQpGaWcs"
        "MgoA4ACYAHddAACBMweuD9BaW3yfORCcbftpaL7Vu1k1o/F5VovsKP1W+ahneD/k74I+B4WQ2pYOt3qGvR6BpOf6"
        "IyLyTJmPuZtk70oY7ssao6K9eC0wPe5qriIobWQU7CLKrauZw0Tj4gH9RYxZXQv03k6ZjkPEdSIC4PhUAAAAABcG"
        "JQEJfwAHCwEAASEhARgMgJkAAA=="
    ),
    "bzip2": (
        "N3q8ryccAAShEe07xwAAAAAAAAAVAAAAAAAAAAp9F3lCWmg5MUFZJlNZUyiT2AAABd+AABBABRAAAQBEADrnXgAg"
        "ACKNGmmgDRkKADEaaaNLCgYVaEYAlU4gbXbF2S+GbHNvi7kinChIKZRJ7ADgAJAAcV0AAIEzB64P0qehfUDAkM7l"
        "y3b2O1YpCR0hb2j83H39ZPxtYZ0ZQDJDWkU/ZV6uJl7iK08NpoHOOt+e+sFfs9rLMrAqsKdg3GXRMGPLoKrqHAGp"
        "PhnSWu+X0pZG0DqgYvO+VwXpeNVZq7pA/1FBIvAAAAAAFwZOAQl5AAcLAQABISEBGAyAkQAA"
    ),
    "deflate": (
        "N3q8ryccAAT2ATvEmwAAAAAAAAAVAAAAAAAAAJjm2IsLyUhVyEnMLVBIKi3KK9ZzKyrNLNEJKMpMTuVyy0zXMeIC"
        "AOAAkABwXQAAgTMHrg/QPBb8nz9HO+fRHoKQ5rnXnlgEIeFNRWjTZV1eXW+QFFqWqiHM+QhYGwC1pQmOyr0TaNLn"
        "dpCjPuNd0iK5mOieUWmELezvtArBRfHTsAyo2UmnclJ9KzBQRh611VQG92ZxjseWT23wAAAAABcGIwEJeAAHCwEA"
        "ASEhARgMgJEAAA=="
    ),
    "copy": (
        "N3q8ryccAASAgCwXlwAAAAAAAAAVAAAAAAAAAB6+59hUaGUgbGFtcCBidXJucy5GcnVpdCxQcmljZQpGaWcsMgrg"
        "AJQAbl0AAIEzB64P0B3SfJ8/R2c/J4uIIT4vHX65Imp4w8xbNSEFvJAAJq+39o1vd4xUVZf1ML9EnzZcijSdLrh/"
        "xwmMPl3+tq0YJU36mIRGj8vwCfr0ntYKJpwOWN+UU0KJJLQcunBnCZ0kEeOWvKQAAAAAFwYhAQl2AAcLAQABISEB"
        "GAyAlQAA"
    ),
    "ppmd": (
        "N3q8ryccAAQwXMgHowAAAAAAAAAVAAAAAAAAAB7EDDIAVBY7trexvAdCUktwYz3d9nMUi+MyiJs6Cfrt7X47Em+P"
        "hgDgAJgAd10AAIEzB64P0Es5PJ8/R0Fc9tUhHR1BHBu7bbH0nzNHk36m05moVDl0qtUWsYY244M1dkVwiWNC4mfp"
        "JLkCxzmvAaBbBZouEcILNFh7bK+P2Yci9IPwyu+XQpibX/KxqhRrf1bGtX10HjpuIY3BGE0TgBRH59gAAAAAFwYk"
        "AQl/AAcLAQABISEBGAyAmQAA"
    ),
    "locked": (
        "N3q8ryccAATvIjCQzAAAAAAAAAAWAAAAAAAAAG9CbhSZz7ItRaW0BiFjtAfG9a3ZHquhnLAkHQ3JkedQ15NonSJq"
        "nj/YBp6Rahl+TlgcI/PgALQAlF0AAIEzB64P0QEiFiusBTvd/6+zrurj/avOYw+Myk/QscpqaXeTosBmJyHD4X7U"
        "OFGf+hcMRyv5yHJiqcGzeyMxnBxEaaLKQYUM7jltdNZBnAOkrN1uT+3i8GtpExzpQGZVW3Wq2G2I6jzo1wLN2Rd2"
        "aF/dMDmE8ME6YX2BruyI2oZK6jB7BBkSP8UdvGv/Mg5ObAAAAAAXBjABCYCcAAcLAQABISEBGAyAtQAA"
    ),
    "all_locked": (
        "N3q8ryccAASJlPbr8AAAAAAAAAAqAAAAAAAAAJhsTs1YT83d9lk2o7jZcTi5hbE9m/2nPRUAUm6k6kENY7A+GrMu"
        "6dvghrWZSR4PZf+h5aE3iJS2mGF7sI8kQYhzQ9Lkc5xgwnUS/7yA3Pu0kDFwcR6bKx/D51wH28W4Szgsdb/svBYC"
        "mvy4nmERoCUKqO0AYAAtDp6k9IkewxSQ8SMG9TRUJAAqdlu8tNFW/CTkygWLOXbxgW2f0I3sCjLdQQ2YDJx61Piy"
        "14LRuraRaJ8KOMomJxihG/4KEHAUzWEnsOTUua6KJAQ6b7x4H6Jy3ttT8hAd6GuxtcWdtdaGDOx6a4Lu9AFi86uj"
        "q5KxevkLTdcXBjABCYDAAAcLAQABJAbxBwESUw+eMRtMQIYb+Vi+kTm2ZOeRDIC1AAA="
    ),
}
READ = ("lzma", "lzma2", "bzip2", "deflate", "copy")


@pytest.mark.parametrize("method", READ)
def test_files_are_sections_by_whatever_method_they_are_packed(
    texts_of: TextsOf, method: str
) -> None:
    found = texts_of("a.7z", b64decode(MADE[method]))

    assert found == ["one/a.txt", "The lamp burns.", "b.csv", "Fruit: Fig; Price: 2"]


def test_a_method_that_is_not_read_is_named(parse: Parse) -> None:
    (page,) = parse("a.7z", b64decode(MADE["ppmd"]))

    assert not page.blocks
    assert "one/a.txt was not read: it is packed by the method PPMd" in page.note


@pytest.mark.parametrize("kind", ["locked", "all_locked"])
def test_a_locked_archive_needs_a_password(parse: Parse, kind: str) -> None:
    with pytest.raises(EncryptedFileError, match=r"a\.7z needs a password"):
        parse("a.7z", b64decode(MADE[kind]))


def test_contents_that_were_changed_are_told_by_their_check_sum(parse: Parse) -> None:
    data = bytearray(b64decode(MADE["copy"]))
    data[data.index(b"lamp")] ^= 1

    with pytest.raises(ParseError, match=r"a\.7z is damaged: .*check sum"):
        parse("a.7z", bytes(data))


def test_a_dictionary_beyond_the_limit_is_not_made(
    parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_DICTIONARY_BYTES", 1)

    with pytest.raises(ParseError, match="dictionary of more than 0 MB"):
        parse("a.7z", b64decode(MADE["lzma"]))


def test_a_damaged_archive_is_a_clear_error_wherever_the_damage_is(parse: Parse) -> None:
    whole = b64decode(MADE["lzma2"])
    for at in range(0, len(whole), 3):
        with suppress(ParseError):
            parse("a.7z", whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(ParseError):
            parse("a.7z", whole[:at])


@pytest.mark.parametrize(
    "header",
    [b"\x01\x05\xff" + b"\xff" * 8, b"\x01\x04\x06\x00\xff" + b"\xff" * 8, b"\x17\x00", b"\x02"],
)
def test_a_header_that_asks_for_much_or_says_nothing_is_refused(
    parse: Parse, header: bytes
) -> None:
    start = struct.pack("<QQI", 0, len(header), zlib.crc32(header))
    data = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + header

    with pytest.raises(ParseError, match=r"holds more than|damaged"):
        parse("a.7z", data)


def test_an_empty_archive_says_nothing(parse: Parse) -> None:
    start = bytes(20)
    head = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start
    assert parse("a.7z", head) == []
