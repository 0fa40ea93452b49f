"""Runs every benchmark, one after the other; a data folder adds retrieval quality and chunking."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
WITHOUT_DATA = (
    "start",
    "idle",
    "takeover",
    "health",
    "list_calls",
    "granted_lists",
    "calls",
    "retrieval_calls",
    "sign_in",
    "many_sign_ins",
    "console",
    "streaming",
    "idle_streams 120",
    "search",
    "scale --chunks 20000",
    "pdf_pages",
    "hostile",
    "ingest",
    "tracing",
    "soak 120",
)


def run(name: str, *arguments: str) -> int:
    """Run one benchmark and return its exit status."""
    print(f"\n== {name} ==", flush=True)
    return subprocess.run([sys.executable, HERE / f"{name}.py", *arguments], check=False).returncode


def main() -> None:
    """Run all; ends with status 1 if one of them did not end well."""
    failed = [name for name in WITHOUT_DATA if run(*name.split())]
    if len(sys.argv) > 1:
        failed += [name for name in ("retrieval", "chunking") if run(name, sys.argv[1])]
    if failed:
        sys.exit(f"These did not end well: {', '.join(failed)}")


if __name__ == "__main__":
    main()
