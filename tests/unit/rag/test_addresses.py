"""Addresses that are shown: what people write into them that nobody is to see stays out."""

import pytest

from rag.addresses import shown_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://host:8000/v1", "https://host:8000/v1"),
        ("https://user:secret@host:8000/v1", "https://****@host:8000/v1"),
        ("https://secret@host/v1", "https://****@host/v1"),
        ("https://user:se@cret@host/v1", "https://****@host/v1"),
        ("https://user:se/cret@host/v1", "https://****@host/v1"),
        ("https://user:se/c/ret@host", "https://****@host"),
        ("https://user:se?cret@host/v1", "https://****"),
        ("https://user:se#cret@host/v1", "https://****"),
        ("https://host/v1?key=secret", "https://host/v1?****"),
        ("https://host/v1#secret", "https://host/v1#****"),
        ("https://host/v1?", "https://host/v1?"),
        ("https://[::1]:80/v1?a=secret", "https://[::1]:80/v1?****"),
        ("https://host/@scope/v1", "https://host/@scope/v1"),
        ("s3://bucket/files?endpoint=http://u:secret@host", "s3://bucket/files?****"),
        ("redis+sentinel://:secret@a:1,b:2/m/0", "redis+sentinel://****@a:1,b:2/m/0"),
        ("sqlite:////srv/raglan.db", "sqlite:////srv/raglan.db"),
        ("wordllama@Builtin", "wordllama@Builtin"),
        ("", ""),
    ],
)
def test_only_where_an_address_leads_is_shown(address: str, shown: str) -> None:
    assert shown_address(address) == shown
