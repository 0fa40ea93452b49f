"""Links to the pages of documents that answers cite."""


def page_link(base: str, document_id: str, page: int) -> str:
    """Return the address that opens a document, at a page of it; 0 where it has none."""
    address = f"{base}/v1/document/get/{document_id}"
    return f"{address}#page={page}" if page else address
