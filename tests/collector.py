"""A SkyWalking collector: `python tests/collector.py PORT FILE` writes a line of JSON per segment.

In a process of its own, since gRPC and what is traced must not share one.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToJson
from skywalking.protocol.common.Command_pb2 import Commands
from skywalking.protocol.language_agent.Tracing_pb2_grpc import (
    TraceSegmentReportServiceServicer,
    add_TraceSegmentReportServiceServicer_to_server,
)
from skywalking.protocol.management.Management_pb2_grpc import (
    ManagementServiceServicer,
    add_ManagementServiceServicer_to_server,
)


class Segments(TraceSegmentReportServiceServicer):  # type: ignore[misc]  # it is untyped
    """Takes segments of traces."""

    def __init__(self, file: Path) -> None:
        """Initialize with where they go."""
        self.file = file

    def collect(self, segments: Iterator[Any], _context: Any) -> Any:
        """Write each of them down."""
        for segment in segments:
            with self.file.open("a", encoding="utf-8") as out:
                out.write(MessageToJson(segment, indent=None) + "\n")
        return Commands()


class Management(ManagementServiceServicer):  # type: ignore[misc]  # it is untyped
    """Takes what keeps an agent known."""

    def reportInstanceProperties(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - of the protocol
        """Accept and discard it."""
        return Commands()

    def keepAlive(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - of the protocol
        """Accept and discard it."""
        return Commands()


def main(port: int, file: Path) -> None:
    """Collect until killed."""
    server = grpc.server(ThreadPoolExecutor(16))
    add_TraceSegmentReportServiceServicer_to_server(Segments(file), server)
    add_ManagementServiceServicer_to_server(Management(), server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    file.touch()
    server.wait_for_termination()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
