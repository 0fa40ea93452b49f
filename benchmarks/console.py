"""Script time of the console's list of documents: 100,000 of them beside 50, and a bare page.

In Chromium, headless, in one run on one server: the pages are loaded in turns, each in a window of
its own with an empty cache, and `Performance.getMetrics` tells the seconds of script, and those of
all that the page's thread did. The bare page is the form to sign in, which has no script.
The documents are rows that one document was copied to; none was uploaded or parsed.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

from common import EMAIL, PASSWORD, Api, Running, print_table, running_server
from playwright.sync_api import Browser, sync_playwright
from tqdm import tqdm

CHROMIUM = "/usr/bin/chromium"
ROUNDS = 7
FEW, MANY = 50, 100_000
BUDGET = 1.3
COPY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"


Seconds = tuple[float, float]
"""Of script, and of all that the thread of a page did."""


def main() -> None:
    """Measure in turns and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with running_server(data) as server:
            few, many = (filled(server, data, count) for count in (FEW, MANY))
            pages = {
                "bare page (sign in)": "/console/signin",
                f"{FEW} documents": f"/console/datasets/{few}",
                f"{MANY:,} documents": f"/console/datasets/{many}",
            }
            times = measured(server, pages)
    rows = []
    few_script = median(script for script, _ in times[f"{FEW} documents"])
    for name, seconds in times.items():
        script, whole = (median(values) for values in zip(*seconds, strict=True))
        ratio = f"{script / few_script:.2f} x" if name.startswith(f"{MANY:,}") else ""
        budget = f"{BUDGET} x" if ratio else ""
        rows.append([name, f"{script * 1000:.0f} ms", ratio, budget, f"{whole * 1000:.0f} ms"])
    print_table(rows, ["page", "script", f"of {FEW}", "budget", "whole thread"])


def filled(server: Running, data: Path, count: int) -> str:
    """Make a dataset with so many documents; return its id."""
    api = Api(server.url, server.key)
    dataset = str(api.call("POST", "/datasets", json={"name": f"with {count}"})["id"])
    file = {"file": ("first.txt", b"A line.")}
    [first] = api.call("POST", f"/datasets/{dataset}/documents", files=file)
    with closing(sqlite3.connect(data / "raglan.db", timeout=60)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(document)")]
        own = {
            "id": "printf('%032x', random() & 9223372036854775807)",
            "name": "'document ' || n.i || '.txt'",
            "name_key": "'document ' || n.i || '.txt'",
            "create_time": "create_time - n.i",
        }
        chosen = ", ".join(own.get(name, name) for name in columns)
        database.execute(
            f"{COPY} INSERT INTO document ({', '.join(columns)})"  # noqa: S608 - names of columns
            f" SELECT {chosen} FROM document, n WHERE document.id = ?",
            (count - 1, first["id"]),
        )
    return dataset


def measured(server: Running, pages: dict[str, str]) -> dict[str, list[Seconds]]:
    """Return the seconds of script of each page, load by load."""
    times: dict[str, list[Seconds]] = {name: [] for name in pages}
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        state = signed_in(browser, server.url)
        for _ in tqdm(range(ROUNDS), desc="loads"):
            for name, address in pages.items():
                seen = None if "signin" in address else state
                times[name].append(seconds_of(browser, server.url + address, seen))
        browser.close()
    return times


def signed_in(browser: Browser, url: str) -> object:
    """Sign in and return the cookies."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/console/signin")
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#app h1").first.wait_for()
    state = context.storage_state()
    context.close()
    return state


def seconds_of(browser: Browser, url: str, state: object) -> Seconds:
    """Load a page in a window of its own; return what it took."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.get_by_role("heading", level=1).first.wait_for()
    metrics = session.send("Performance.getMetrics")["metrics"]
    context.close()
    found = {one["name"]: float(one["value"]) for one in metrics}
    return found["ScriptDuration"], found["TaskDuration"]


if __name__ == "__main__":
    main()
