"""Reading of access tokens, and what a reader remembers of them."""

import time

from api.services.sign_in.jwts import MOST_REMEMBERED, TokenReader, signed
from tests.running import wait_until

SECRET = "a secret that is long enough for this"
OTHER = "another one that is long enough for this"


def token(number: int = 0, seconds: int = 60) -> str:
    """Return a token of a key that is called `k`."""
    claims = {"sub": "u", "sid": f"{number}", "exp": int(time.time()) + seconds}
    return signed(claims, "k", SECRET)


def test_a_token_is_read_again() -> None:
    reader = TokenReader({"k": SECRET}.get)
    given = token(7)
    first, again = reader.read(given), reader.read(given)
    assert first is not None
    assert again is not None
    assert first["sid"] == again["sid"] == "7"


def test_a_token_that_was_read_before_ends_in_time() -> None:
    reader = TokenReader({"k": SECRET}.get)
    given = token(seconds=2)
    assert reader.read(given) is not None
    wait_until(lambda: reader.read(given) is None, "the token is over", 30)


def test_a_token_that_was_read_before_ends_with_its_key() -> None:
    keys = {"k": SECRET}
    reader = TokenReader(keys.get)
    given = token()
    assert reader.read(given) is not None
    keys["k"] = OTHER
    assert reader.read(given) is None
    del keys["k"]
    assert reader.read(given) is None
    keys["k"] = SECRET
    assert reader.read(given) is not None


def test_a_signature_that_is_changed_is_refused_after_the_token_was_read() -> None:
    reader = TokenReader({"k": SECRET}.get)
    given = token()
    assert reader.read(given) is not None
    head, claims, _ = given.split(".")
    _, others, signature = token(1).split(".")
    assert reader.read(f"{head}.{others}.{given.split('.')[2]}") is None
    assert reader.read(f"{head}.{claims}.{signature}") is None
    assert reader.read(f"{head}.{claims}.") is None


def test_more_tokens_than_are_remembered_are_all_read() -> None:
    reader = TokenReader({"k": SECRET}.get)
    made = [token(number) for number in range(MOST_REMEMBERED + 2)]
    for _ in range(2):
        assert all(reader.read(one) is not None for one in made)
