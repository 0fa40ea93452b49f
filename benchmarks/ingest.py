"""Ingestion: PDF pages and chunks per second, from upload to searchable and in the engine alone.

The references of the same run: reading the same PDF's text with bare pypdfium2, and embedding the
same texts without indexing them.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pypdfium2
from common import Api, make_pdf, print_table, running_server, words
from tqdm import tqdm

from rag.engines.registry import open_chunk_store
from rag.llm.registry import open_embedder
from rag.tokenizing.tokens import tokenize
from rag.types import Chunk, DocumentFacts

PAGES = 1000
CHUNKS = 20_000
WORDS = 120
BATCH = 256
NOTES = 10_000
FILES_AT_ONCE = 50
IDS_AT_ONCE = 1000


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and its living descendants have used."""
    top = psutil.Process(pid)
    spent = [item.cpu_times() for item in (top, *top.children(recursive=True))]
    return sum(
        item.user + item.system + item.children_user + item.children_system for item in spent
    )


def upload_to_searchable(pages: int) -> tuple[float, float]:
    """Upload a PDF and have it parsed by a running server; return wall and processor seconds."""
    with running_server() as server:
        api = Api(server.url, server.key)
        dataset = api.call("POST", "/datasets", json={"name": "pages"})["id"]
        path = f"/datasets/{dataset}"
        warm(api, path)
        spent = cpu_seconds(server.pid)
        begun = time.perf_counter()
        document = send(api, path, "many.pdf", make_pdf(pages))
        with tqdm(total=100, desc="pdf", unit="%") as bar:
            for item in progress(api, path, document):
                bar.n = round(100 * item["progress"])
                bar.refresh()
        assert item["run"] == "DONE", item["progress_msg"]
        return time.perf_counter() - begun, cpu_seconds(server.pid) - spent


def small_files(count: int) -> tuple[float, float]:
    """Upload small texts, then have them parsed; return the wall and processor seconds of that.

    The processor time is that of all processes, from the request to parse to the last one found.
    """
    with running_server(RAGLAN_WORKER__PROCESSES="1") as server:
        api = Api(server.url, server.key)
        dataset = api.call("POST", "/datasets", json={"name": "notes"})["id"]
        path = f"/datasets/{dataset}"
        warm(api, path)
        ids: list[str] = []
        for start in tqdm(range(0, count, FILES_AT_ONCE), desc="notes", unit="upload"):
            numbers = range(start, min(start + FILES_AT_ONCE, count))
            notes = [("file", (f"{number}.txt", words(WORDS, number))) for number in numbers]
            ids += [item["id"] for item in api.call("POST", f"{path}/documents", files=notes)]
        spent, begun = cpu_seconds(server.pid), time.perf_counter()
        for start in range(0, count, IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            api.call("POST", f"{path}/chunks", json={"document_ids": some})
        query = {"run": "DONE", "page_size": 1}
        while api.call("GET", f"{path}/documents", params=query)["total"] <= count:
            time.sleep(0.2)
        return time.perf_counter() - begun, cpu_seconds(server.pid) - spent


def embed_alone(count: int) -> float:
    """Return the CPU seconds that embedding the same texts takes."""
    embedder = open_embedder("builtin", "wordllama")
    texts = [words(WORDS, number) for number in range(count)]
    embedder.embed_query("warm")
    begun = time.process_time()
    embedder.embed_documents(texts)
    return time.process_time() - begun


def warm(api: Api, path: str) -> None:
    """Have a small document parsed first, as a server that is in use has."""
    for _ in progress(api, path, send(api, path, "warm.pdf", make_pdf(2))):
        pass


def send(api: Api, path: str, name: str, content: bytes) -> str:
    """Upload a file, ask for its parsing and return its document's id."""
    files = {"file": (name, content)}
    document = str(api.call("POST", f"{path}/documents", files=files)[0]["id"])
    api.call("POST", f"{path}/chunks", json={"document_ids": [document]})
    return document


def progress(api: Api, path: str, document: str) -> Iterator[dict]:
    """Yield a document until its run has ended."""
    while True:
        item = api.call("GET", f"{path}/documents", params={"id": document})["docs"][0]
        yield item
        if item["run"] in {"DONE", "FAIL", "CANCEL"}:
            return
        time.sleep(0.1)


def embed_and_index(count: int) -> tuple[float, float]:
    """Embed and index chunks here; return the CPU seconds of both, and of embedding alone."""
    embedder = open_embedder("builtin", "wordllama")
    embedder.embed_query("warm")
    texts = [words(WORDS, seed) for seed in range(count)]
    both = alone = 0.0
    with tempfile.TemporaryDirectory() as folder:
        store = open_chunk_store(f"sqlite:///{folder}/chunks.db", tokenize)
        facts = DocumentFacts("d" * 32, "e" * 32, "a.txt")
        for start in tqdm(range(0, count, BATCH), desc="chunks", unit="batch"):
            batch = texts[start : start + BATCH]
            begun = time.process_time()
            vectors = embedder.embed_documents(batch)
            alone += time.process_time() - begun
            chunks = [
                Chunk(f"{start + place:016x}", facts.id, facts.dataset_id, text, start + place)
                for place, text in enumerate(batch)
            ]
            store.stage(facts, 1, chunks, vectors)
            both += time.process_time() - begun
        begun = time.process_time()
        store.publish(facts.dataset_id, facts.id, 1)
        both += time.process_time() - begun
        store.close()
    return both, alone


def bare_pages(pages: int) -> float:
    """Return the seconds that bare pypdfium2 takes for the text of the same pages."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "many.pdf"
        file.write_bytes(make_pdf(pages))
        begun = time.process_time()
        document = pypdfium2.PdfDocument(file)
        for page in document:
            page.get_textpage().get_text_range()
        return time.process_time() - begun


def main() -> None:
    """Measure and print a table."""
    wall, cpu = upload_to_searchable(PAGES)
    bare = bare_pages(PAGES)
    both, alone = embed_and_index(CHUNKS)
    notes, notes_cpu = small_files(NOTES)
    print_table(
        [
            ["PDF, upload to searchable", f"{PAGES / wall:.0f} pages/s", "", ""],
            [
                "PDF, per core",
                f"{PAGES / cpu:.0f} pages/s",
                "100 pages/s",
                f"{cpu / bare:.1f} x the CPU of bare text extraction",
            ],
            [
                "chunks embedded and indexed, per core",
                f"{CHUNKS / both:.0f} chunks/s",
                "1000 chunks/s",
                f"{both / alone:.1f} x the CPU of embedding alone",
            ],
            [
                f"{NOTES:,} files of {WORDS} words, queued to searchable, one worker",
                f"{NOTES / notes:.0f} a second, {notes_cpu / NOTES * 1000:.1f} ms of CPU each",
                "400 a second",
                f"{notes_cpu / embed_alone(NOTES):.0f} x the CPU of embedding alone",
            ],
        ],
        ["what", "measured", "budget", "ratio"],
    )


if __name__ == "__main__":
    main()
