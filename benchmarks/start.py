"""Start-up, memory, size and imports: what a server costs before it does anything.

The reference of the same run is a bare gunicorn with two gevent workers that says hello.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from common import HELLO, ROOT, bare_server, print_table, running_server
from tqdm import tqdm

ROUNDS = 5
SETTLE_SECONDS = 8
MEGABYTE = 1 << 20
UNWANTED = (
    "torch",
    "onnxruntime",
    "pandas",
    "openai",
    "anthropic",
    "nacos",
    "skywalking",
    "grpc",
    "redis",
)


def seconds_to_ready(data: Path) -> float:
    """Start the server on a folder, wait until it is ready, stop it; return the seconds."""
    begun = time.perf_counter()
    with running_server(data):
        return time.perf_counter() - begun


def proportional_set(pid: int) -> float:
    """Return the proportional set size of a process and its descendants, in MB."""
    top = psutil.Process(pid)
    tree = [top, *top.children(recursive=True)]
    return sum(item.memory_full_info().pss for item in tree) / MEGABYTE


def installed_size() -> float:
    """Return the MB that the locked packages take, compiled, without what only tests need."""
    uv = shutil.which("uv") or str(ROOT / ".uv/bin/uv")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([uv, "venv", "-q", folder, "--clear"], check=True)
        command = [uv, "pip", "install", "-q", "--python", f"{folder}/bin/python"]
        command += ["--compile-bytecode", "--link-mode", "copy"]
        command += ["--require-hashes", "-r", "requirements.lock"]
        subprocess.run(command, cwd=ROOT, check=True)
        files = [item for item in Path(folder).rglob("*") if item.is_file()]
        return sum(item.stat().st_size for item in files) / MEGABYTE


def unwanted_imports() -> list[str]:
    """Return which heavy packages `import api.apps` pulls in."""
    code = "import sys, api.apps; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return sorted(set(done.stdout.split()) & set(UNWANTED))


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        first = seconds_to_ready(data)
        later = sorted(seconds_to_ready(data) for _ in tqdm(range(ROUNDS), desc="start"))
        with running_server(data) as server:
            time.sleep(SETTLE_SECONDS)
            memory = proportional_set(server.pid)
    with bare_server(HELLO, workers=2) as bare:
        time.sleep(2)
        bare_memory = proportional_set(bare.pid)
    middle = later[len(later) // 2]
    size = installed_size()
    unwanted = unwanted_imports()
    print_table(
        [
            ["first start to ready, folder empty", f"{first:.2f} s", "3 s", ""],
            ["start to ready, median", f"{middle:.2f} s", "3 s", ""],
            [
                "idle PSS, whole tree",
                f"{memory:.0f} MB",
                "250 MB",
                f"{memory / bare_memory:.1f} x bare",
            ],
            ["installed without extras", f"{size:.0f} MB", "400 MB", ""],
            ["heavy packages that api.apps imports", " ".join(unwanted) or "none", "none", ""],
        ],
        ["what", "measured", "budget", "ratio"],
    )


if __name__ == "__main__":
    main()
