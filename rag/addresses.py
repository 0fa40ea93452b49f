"""Addresses as they may be shown: people write passwords and keys into them."""

import re

HIDDEN = "****"
"""What stands in the place of what is not shown."""

_PORT = re.compile(r"[^:]*(:\d*)?|\[[^]]*\](:\d*)?")


def shown_address(address: str) -> str:
    """Return an address without user, password, query and fragment; `****` stands for each.

    >>> shown_address("https://user:secret@host:8000/v1?key=secret")
    'https://****@host:8000/v1?****'

    A password with a slash or a question mark that should have been percent-encoded is hidden,
    too. A text that is no address comes back as it is.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    mark = next((sign for sign in rest if sign in "?#"), "")
    head, _, tail = rest.partition(mark) if mark else (rest, "", "")
    authority = head.partition("/")[0]
    if _PORT.fullmatch(authority) is None and "@" not in authority and "@" in rest:
        # What looks like a host and its port is a user and the beginning of the password.
        return f"{scheme}://{HIDDEN}" + (f"@{head.rpartition('@')[2]}" if "@" in head else "")
    path = head.removeprefix(authority)
    place = f"{HIDDEN}@{authority.rpartition('@')[2]}" if "@" in authority else authority
    return f"{scheme}://{place}{path}{mark}{HIDDEN if tail else ''}"
