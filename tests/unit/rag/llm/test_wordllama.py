"""That the bundled model is WordLlama's own, without its weight."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ConfigurationError
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
