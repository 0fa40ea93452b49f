"""Which model a kind and a name open."""

import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import ConfigurationError
from rag.llm.registry import open_chat_model, open_embedder


def test_an_unknown_kind_is_refused_with_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match="use one of builtin, openai"):
        open_embedder("cohere", "m")
    with pytest.raises(ConfigurationError, match="No chat models are of the kind 'cohere'"):
        open_chat_model("cohere", "m")


def test_an_unknown_builtin_is_refused_with_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match="'bert': use one of wordllama, hashing"):
        open_embedder("builtin", "bert")
    with pytest.raises(ConfigurationError, match="No builtin chat model is called '': use one"):
        open_chat_model("builtin", "")


def test_any_name_is_good_for_an_endpoint() -> None:
    assert open_embedder("openai", "a/b:c", base_url="https://x/v1").name == "a/b:c"
    assert open_chat_model("openai", "a/b:c", base_url="https://x/v1").name == "a/b:c"


def test_what_is_not_used_is_not_imported() -> None:
    script = (
        "import sys; from rag.llm.registry import *; open_chat_model('builtin', 'echo');"
        "print({'requests', 'tokenizers', 'wordllama', 'rag.llm.openai'} & set(sys.modules))"
    )
    root = Path(__file__).parents[4]
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
