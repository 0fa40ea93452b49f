"""A collector of OpenTelemetry's: `python tests/otlp_collector.py PORT FILE` takes OTLP.

It writes a line of JSON for each span, with the resource that it is of. It takes Sentry's
envelopes, too, and writes each event as it came.
"""

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class Collecting(BaseHTTPRequestHandler):
    """Takes what is sent."""

    protocol_version = "HTTP/1.1"
    file: Path

    def do_POST(self) -> None:
        """Write down spans, or an event."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        if self.path == "/v1/traces":
            self.take_spans(content)
            self.answer(ExportTraceServiceResponse().SerializeToString(), "application/x-protobuf")
        else:
            self.take_events(content)
            self.answer(b"{}", "application/json")

    def take_spans(self, content: bytes) -> None:
        """Write a line for each span."""
        for group in ExportTraceServiceRequest.FromString(content).resource_spans:
            resource = MessageToDict(group.resource)
            for scope in group.scope_spans:
                self.write(*({**MessageToDict(span), "resource": resource} for span in scope.spans))

    def take_events(self, content: bytes) -> None:
        """Write a line for each event of an envelope: lines of JSON, a header before each item."""
        lines = content.split(b"\n")
        self.write(*(json.loads(line) for line in lines[2::2] if line))

    def write(self, *lines: object) -> None:
        """Append lines."""
        with self.file.open("a", encoding="utf-8") as out:
            out.writelines(f"{json.dumps(line)}\n" for line in lines)

    def answer(self, body: bytes, kind: str) -> None:
        """Answer that all is well."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def main(port: int, file: Path) -> None:
    """Collect until killed."""
    file.touch()
    handler = type("Handler", (Collecting,), {"file": file})
    ThreadingHTTPServer(("127.0.0.1", port), handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
