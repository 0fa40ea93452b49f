"""Signing in, one after the other, against the password hash alone in the same run."""

import time
from collections.abc import Callable
from statistics import median

import requests
from common import EMAIL, PASSWORD, print_table, running_server
from tqdm import tqdm

from api.execution import INLINE
from api.services.accounts.passwords import Passwords

ROUNDS = 60


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Measure both in turns and print a table."""
    passwords = Passwords(INLINE)
    kept = passwords.hash(PASSWORD)
    hashing: list[float] = []
    signing: list[float] = []
    with running_server() as server, requests.Session() as session:

        def sign_in() -> None:
            body = {"email": EMAIL, "password": PASSWORD}
            answer = session.post(f"{server.url}/v1/user/login", json=body, timeout=30)
            assert answer.json()["code"] == 0, answer.text

        for _ in tqdm(range(ROUNDS), desc="sign in"):
            hashing.append(milliseconds(lambda: passwords.matches(kept, PASSWORD)))
            signing.append(milliseconds(sign_in))
    alone, whole = median(hashing), median(signing)
    print_table(
        [
            ["argon2id alone, p50", f"{alone:.1f} ms", "", ""],
            ["sign in, p50", f"{whole:.1f} ms", f"{whole / alone:.2f} x", "30 ms"],
        ],
        ["what", "time", "of the hash", "budget"],
    )


if __name__ == "__main__":
    main()
