"""The health endpoint under load, against a bare gunicorn-gevent hello in the same run."""

from statistics import median

from common import BARE, bare_server, print_table, running_server
from loading import Load, put_load
from tqdm import tqdm

ROUNDS = 4
SECONDS = 4


def main() -> None:
    """Measure both in turns and print a table."""
    bare: list[Load] = []
    ours: list[Load] = []
    with bare_server(BARE, workers=2) as hello, running_server() as server:
        for _ in tqdm(range(ROUNDS), desc="health"):
            bare.append(put_load(f"{hello.url}/", hello.pid, SECONDS))
            ours.append(put_load(f"{server.url}/health", server.pid, SECONDS))
    hello_rate, rate = median(item.rate for item in bare), median(item.rate for item in ours)
    hello_cpu, cpu = median(item.cpu for item in bare), median(item.cpu for item in ours)
    print_table(
        [
            ["bare hello", f"{hello_rate:.0f}/s", f"{hello_cpu:.0f} us", "", ""],
            ["/health", f"{rate:.0f}/s", f"{cpu:.0f} us", f"{rate / hello_rate:.0%}", "90 %"],
        ],
        ["what", "answers", "CPU each", "of bare", "budget"],
    )


if __name__ == "__main__":
    main()
