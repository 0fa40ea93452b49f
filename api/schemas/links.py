"""Links to the pages of documents that answers cite."""

from api.services.chats.records import Passage


def page_link(base: str, passage: Passage) -> str:
    """Return the address that opens a passage's document, at its page if it has pages."""
    address = f"{base}/v1/document/get/{passage.document_id}"
    return f"{address}#page={passage.positions[0][0]}" if passage.positions else address
