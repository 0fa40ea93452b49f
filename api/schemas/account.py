"""Who is asking, and what accounts look like on the wire."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: a user of a tenant, by session or by API key (then `key_id` is set)."""

    tenant_id: str
    user_id: str
    key_id: str = ""
