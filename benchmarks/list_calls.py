"""CPU of an authenticated list call, against a bare Flask hello in the same run.

The call is the list of all datasets as a client asks for it first: 10 of them, 11 KB of JSON.
"""

from statistics import median

from common import HELLO, Api, bare_server, print_table, running_server
from loading import put_load
from tqdm import tqdm

ROUNDS = 4
SECONDS = 4
CONNECTIONS = 16
DATASETS = 10


def main() -> None:
    """Measure both in turns and print a table."""
    bare: list[float] = []
    ours: list[float] = []
    with bare_server(HELLO, workers=2) as hello, running_server() as server:
        api = Api(server.url, server.key)
        for number in range(DATASETS):
            api.call("POST", "/datasets", json={"name": f"dataset {number}"})
        url, key = f"{server.url}/api/v1/datasets", {"Authorization": f"Bearer {server.key}"}
        for _ in tqdm(range(ROUNDS), desc="list calls"):
            bare.append(put_load(f"{hello.url}/", hello.pid, SECONDS, CONNECTIONS).cpu)
            ours.append(put_load(url, server.pid, SECONDS, CONNECTIONS, key).cpu)
    hello_cpu, cpu = median(bare), median(ours)
    print_table(
        [
            ["bare Flask hello", f"{hello_cpu:.0f} us", "", ""],
            [f"list of {DATASETS} datasets", f"{cpu:.0f} us", f"{cpu / hello_cpu:.2f} x", "2.5 x"],
        ],
        ["what", "CPU each", "of bare", "budget"],
    )


if __name__ == "__main__":
    main()
