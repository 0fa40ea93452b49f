"""What the engine does for a call, without a server around it; it answers in full."""

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import wordllama
from common import words
from served import Call
from wordllama import WordLlama

from rag.engines.registry import open_chunk_store
from rag.generation.answer import AnswerRequest, AnswerStream, AnswerTools
from rag.generation.prompt import PromptTemplate, PromptVariable
from rag.llm.registry import open_embedder
from rag.retrieval.retriever import RetrievalOptions, Retriever
from rag.tokenizing.counting import count_tokens
from rag.tokenizing.tokens import tokenize
from rag.types import Chunk, DocumentFacts, run_inline

WORDS = 120
QUESTION = words(7, 10_007)
TEXT = words(WORDS, 77)
TEXTS = [words(70, number) for number in range(32)]
ROW = (
    "INSERT INTO chunk (id, dataset_id, document_id, generation, ordinal, content, token_count,"
    " important_keywords, questions, positions, image_id, available, indexed, deleted, source,"
    " create_time, update_time) VALUES"
    " (?, 'engine', 'engine', 0, ?, ?, ?, '[]', '[]', '[]', '', 1, 0, 0, 'added', 1, 1)"
)
INDEXED = "UPDATE chunk SET indexed = 1 WHERE id = ?"
MESSAGE = (
    "INSERT INTO chat_message (id, ordinal, content, reference, session_id, role, message_id,"
    " rating, feedback, create_time, update_time) VALUES"
    " (?, ?, ?, ?, 'engine', '', '', 0, '', 1, 1)"
)
PROMPT = PromptTemplate("Answer from these passages.\n{knowledge}", (PromptVariable("knowledge"),))


def engine_calls(folder: Path, ids: dict[str, str]) -> dict[str, Call]:
    """Return what the engine does for a call, without a server around it; it answers in full.

    Who searches by MCP names no dataset, and so searches the one to which chunks are added, too.
    """
    store = open_chunk_store(f"sqlite://{folder}/data/chunks.db", tokenize)
    embedder = open_embedder("builtin", "wordllama")
    retriever = Retriever(store, run_inline)
    facts = DocumentFacts("engine", "engine", "words.txt")
    keep = copied(folder / "data" / "raglan.db")
    numbers = iter(range(10**9))

    def search(limit: int, *datasets: str) -> Any:
        return retriever.retrieve(QUESTION, datasets, embedder, RetrievalOptions(limit=limit))

    def add() -> None:
        chunk = Chunk(f"{next(numbers):016x}", "engine", "engine", f"{TEXT} {next(numbers)}")
        vectors = np.asarray(embedder.embed_documents([chunk.content]))
        keep(ROW, (chunk.id, next(numbers), chunk.content, count_tokens(chunk.content)))
        store.put(facts, [chunk], vectors)
        keep(INDEXED, (chunk.id,))

    def answer() -> None:
        place = next(places)
        hits = search(6, ids["dataset"]).hits
        asked = AnswerRequest(QUESTION, PROMPT, hits=hits, cite_missing=True)
        stream = AnswerStream(asked, None, AnswerTools(count_tokens, tokenize, time.perf_counter))
        keep(MESSAGE, (f"{place:032x}", place, QUESTION, "{}"))
        for _ in stream:
            pass
        cited = orjson.dumps([hit.chunk.content for hit in hits]).decode()
        keep(MESSAGE, (f"{place + 1:032x}", place + 1, stream.answer.text, cited))

    places = iter(range(10**6, 10**9, 2))
    return {
        "search of 30": partial(search, 30, ids["dataset"]),
        "search of 10": partial(search, 10, ids["dataset"], ids["of"]),
        "answer": answer,
        "chunk": add,
        "vector": lambda: embedder.embed_documents([TEXT]),
        "vectors": lambda: embedder.embed_documents(TEXTS),
    }


def copied(file: Path) -> Callable[..., None]:
    """Return what commits rows by a statement into a copy of a database, as durably as we do."""
    copy = sqlite3.connect(file.with_suffix(".copy"), isolation_level=None)
    with sqlite3.connect(file) as original:
        original.backup(copy)
    copy.execute("PRAGMA journal_mode = wal")
    copy.execute("PRAGMA synchronous = full")

    def keep(statement: str, *rows: tuple[object, ...]) -> None:
        copy.execute("BEGIN IMMEDIATE")
        copy.executemany(statement, rows)
        copy.execute("COMMIT")

    return keep


def packaged() -> Call:
    """Return what embeds the texts by the package that publishes the bundled model."""
    folder = Path(wordllama.__file__).parent
    model = WordLlama.load(cache_dir=folder, disable_download=True)
    return partial(model.embed, TEXTS, norm=True, batch_size=1)
