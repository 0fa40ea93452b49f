"""Documents as the console's pages send them."""

import io

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.functional.library import File


def post_documents(client: FlaskClient, dataset: str, *files: File) -> TestResponse:
    """Upload files to a dataset."""
    parts = [FileStorage(io.BytesIO(content), name) for name, content in files]
    boundary, body = encode_multipart({"file": parts, "kb_id": dataset})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post("/v1/document/upload", data=body, content_type=kind)
