"""What a part of this server says of how programs get in (RFC 9728)."""

from typing_extensions import TypedDict


class MetadataAnswer(TypedDict):
    """Whose tokens are taken, and for what they have to be made."""

    resource: str
    authorization_servers: list[str]
    bearer_methods_supported: list[str]
    resource_name: str


def present_metadata(resource: str, issuer: str) -> MetadataAnswer:
    """Return that tokens of an issuer are taken in the header of requests."""
    return {
        "resource": resource,
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
        "resource_name": "Raglan",
    }
