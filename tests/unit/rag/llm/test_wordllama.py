"""That the bundled model is WordLlama's own, without its weight."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ConfigurationError
from rag.llm import wordllama
from rag.llm.base import ModelSpec
from rag.llm.wordllama import WordLlamaEmbedder, build_embedder

ROOT = Path(__file__).parents[4]
TEXTS = [
    "The cat sat on the mat.",
    "  two  spaces\n\nand\tlines ",
    "E-1042 costs 3.11 €",
    "今天天气很好 naïve façade",
    "<s> special </s> tokens <unk>",
    "long " * 2000,
]

REFERENCE = """
import sys
from pathlib import Path
import numpy, wordllama
model = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
texts = sys.stdin.read().split("\\0")
numpy.save(sys.argv[1], model.embed(texts, norm=True, batch_size=1))
"""

LIGHT = """
import logging, sys
from rag.llm.wordllama import WordLlamaEmbedder
embedder = WordLlamaEmbedder()
loaded = "tokenizers.Tokenizer" in str(embedder.__dict__)
embedder.embed_query("text")
print(loaded, "wordllama" in sys.modules, "safetensors" in sys.modules, logging.root.handlers)
"""

FORKING = """
import os
from rag.llm.wordllama import WordLlamaEmbedder
embedder = WordLlamaEmbedder()
before = embedder.embed_documents(["some text"] * 200)
child = os.fork()
if child == 0:
    after = embedder.embed_documents(["some text"] * 200)
    os._exit(0 if (before == after).all() else 1)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status))
"""


def run(script: str, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if "TOKENIZERS" not in key}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        input=text,
        env=environment,
    )


def test_vectors_are_those_of_the_package(tmp_path: Path) -> None:
    run(REFERENCE, str(tmp_path / "reference.npy"), text="\0".join(TEXTS))
    reference = np.load(tmp_path / "reference.npy")
    np.testing.assert_allclose(WordLlamaEmbedder().embed_documents(TEXTS), reference, atol=1e-6)


def test_every_number_of_16_bits_becomes_the_same_of_32() -> None:
    numbers = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = numbers[np.isfinite(numbers)]
    row = wordllama.sum_of_rows(finite.view(np.int16)[np.newaxis])
    np.testing.assert_array_equal(row, finite.astype(np.float32))


def prose(length: int) -> str:
    """Return words of all kinds with all kinds of blanks between them, the same at each call."""
    chance = np.random.default_rng(5)
    letters = list("etaoinshrdlu'-0123456789éß你好，。")
    words = ("".join(chance.choice(letters, chance.integers(1, 14))) for _ in range(length // 3))
    blanks = (" ", " ", " ", "  ", "     ", "\n", "\n\n", " \n", "\t")
    return "".join(word + str(chance.choice(blanks)) for word in words)[:length]


def whole(text: str) -> tuple[list[int], np.ndarray]:
    """Return the tokens of a text that is encoded at once, and the vector that they make."""
    model = wordllama.loaded_model()
    ids = model.tokenizer.encode(text, add_special_tokens=False).ids
    total = model.table.view(np.float16)[ids].astype(np.float64).sum(0)
    return ids, total / np.linalg.norm(total)


def test_a_long_text_in_pieces_has_the_tokens_and_the_vector_of_the_whole() -> None:
    text = prose(40_000)
    cut = list(wordllama.pieces(text))
    assert max(map(len, cut)) <= 1000
    ids, vector = whole(text)
    assert [number for piece in cut for number in whole(piece)[0]] == ids
    np.testing.assert_allclose(WordLlamaEmbedder().embed_query(text), vector, atol=1e-5)


@pytest.mark.parametrize(
    "piece",
    [
        *TEXTS[:5],
        *("", " ", "  ", "a ", " a", "a  b", " \n ", "a \n", "x" * 40, f"{'x' * 40} y {'x' * 40}"),
        *("a\u2581 b", "\u2581", "a<s> b", "x<unk>", "<0x41> <0x0A>", "a\x00 b\u3000c\u00a0 d"),
        prose(900),
    ],
)
def test_the_tokens_of_words_are_those_of_the_whole(piece: str) -> None:
    model = wordllama.loaded_model()
    ids = model.tokenizer.encode(piece, add_special_tokens=False).ids
    model.words.clear()
    assert model.tokens(piece).tolist() == ids, "when its words are not known"
    assert model.tokens(piece).tolist() == ids, "when they are"
    assert model.tokens(f"{piece}.{piece} {piece}").tolist() == (
        model.tokenizer.encode(f"{piece}.{piece} {piece}", add_special_tokens=False).ids
    ), "when some are"


def test_every_character_has_the_tokens_of_its_place() -> None:
    model = wordllama.loaded_model()
    characters = [chr(number) for number in range(0x3000) if not 0xD800 <= number < 0xE000]
    text = " ".join(f"{one}a b{one}" for one in characters)
    for piece in wordllama.pieces(text):
        ids = model.tokenizer.encode(piece, add_special_tokens=False).ids
        assert model.tokens(piece).tolist() == ids, piece


def test_no_more_words_are_remembered_than_there_is_room_for() -> None:
    model = wordllama.loaded_model()
    for start in range(0, 40_000, 100):
        model.tokens(" ".join(f"w{number}" for number in range(start, start + 100)))
        assert len(model.words) < 17_000
    assert " w39999" in model.words


@pytest.mark.parametrize("letters", ["etaoinshrdlu", "今天天气很好我们去公园散步", " ", "."])
def test_a_text_without_a_place_to_cut_keeps_its_direction(letters: str) -> None:
    text = "".join(np.random.default_rng(5).choice(list(letters), 20_000))
    cut = list(wordllama.pieces(text))
    assert "".join(cut) == text
    assert max(map(len, cut)) <= 1000
    assert whole(text)[1] @ WordLlamaEmbedder().embed_query(text) > 0.999


@pytest.mark.parametrize("text", ["", " ", "a", "a b", "ab  cd", "  a   b  ", "abcdefgh ", "a" * 9])
def test_pieces_of_any_size_are_joined_by_the_blanks_that_were_left_out(text: str) -> None:
    for size in range(2, 10):
        cut = list(wordllama.pieces(text, size))
        assert all(len(piece) <= size for piece in cut)
        assert "".join(cut).replace(" ", "") == text.replace(" ", "")


@pytest.mark.long
def test_a_megabyte_takes_no_more_memory_than_a_page() -> None:
    script = (
        "import resource, sys\n"
        "from rag.llm.wordllama import WordLlamaEmbedder\n"
        "embedder, text = WordLlamaEmbedder(), sys.stdin.read()\n"
        "embedder.embed_query(text[:5000])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "embedder.embed_documents([text, text.replace(' ', 'x')])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    assert int(run(script, text=prose(200_000)).stdout) < 40_000  # in KB


def test_the_heavy_package_is_not_imported_and_logging_is_left_alone() -> None:
    assert run(LIGHT).stdout == "False False False []\n"


def test_a_process_that_embedded_can_fork_without_a_warning() -> None:
    done = run(FORKING)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("dimensions", [None, 256])
def test_its_own_dimensions_may_be_asked_for(dimensions: int | None) -> None:
    assert build_embedder(ModelSpec("wordllama", dimensions=dimensions)).dimensions == 256


def test_other_dimensions_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="has 256 dimensions, not 64"):
        build_embedder(ModelSpec("wordllama", dimensions=64))


def test_a_missing_package_is_named() -> None:
    script = (
        "import sys; sys.modules['wordllama'] = None\n"
        "from rag.llm.wordllama import WordLlamaEmbedder\n"
        "from rag.errors import ConfigurationError\n"
        "try: WordLlamaEmbedder().embed_query('x')\n"
        "except ConfigurationError as error: print(error)\n"
    )
    assert "install the package wordllama" in run(script).stdout


def test_tokens_are_counted_as_the_tokenizer_makes_them() -> None:
    made = wordllama.loaded_model().tokenizer.encode("The cat sat.", add_special_tokens=False)
    assert WordLlamaEmbedder().embed_counted(["The cat sat."]).tokens == len(made.ids)
    texts = ["", "long " * 2000, "The cat sat."]
    alone = [WordLlamaEmbedder().embed_counted([text]).tokens for text in texts]
    assert WordLlamaEmbedder().embed_counted(texts).tokens == sum(alone)
    assert alone[0] == 0
