"""Addresses of databases that are refused before anything is connected to."""

import pytest

from api.db.connection import open_database
from api.errors import StartError


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("postgresql://u@host/raglan?sslmode=require&connect_timeout=3", "sslmode"),
        ("mysql://u@host/raglan?charset=latin1", "charset"),
        ("sqlite:////tmp/x.db?mode=ro", "mode"),
        ("postgresql://u@host/raglan#x", "what follows the name"),
    ],
)
def test_options_of_an_address_are_refused_by_name(url: str, named: str) -> None:
    with pytest.raises(StartError, match=named):
        open_database(url, 1, 1)


def test_a_password_with_a_question_mark_is_not_told() -> None:
    with pytest.raises(StartError) as raised:
        open_database("postgresql://u:sec?ret=word@host/raglan", 1, 1)
    assert "ret" not in raised.value.message
