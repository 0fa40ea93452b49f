"""Addresses of models: which lead into the server's own network."""

import pytest

from api.services.models.addresses import is_internal


@pytest.mark.parametrize(
    ("url", "internal"),
    [
        ("https://1.1.1.1/v1", False),
        ("http://localhost:1", True),
        ("http://0.0.0.0", True),
        ("http://no-such-host.invalid", True),
        ("http://", True),
        ("http://" + "a" * 80, True),
        ("http://127.0.0.1\\@1.1.1.1/v1", True),
        ("http://[::1]:9\\@1.1.1.1:80/v1", True),
        ("http://1.1.1.1\\@127.0.0.1/v1", False),
        ("http://[2606:4700:4700::1111]/v1", False),
        ("http://1.1.1.1:port/v1", True),
    ],
)
def test_internal_addresses_are_told_from_others(url: str, internal: object) -> None:
    assert is_internal(url) is internal
