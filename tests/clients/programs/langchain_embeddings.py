"""Embeds texts by LangChain with its defaults, which sends tokens; prints the vectors of both."""

import json
import lzma
import pathlib
import sys

import tiktoken
from tiktoken_ext import openai_public

url, key, table = sys.argv[1:]


def vocabulary() -> dict[str, object]:
    """Return cl100k_base out of a table of its tokens, as tiktoken would fetch it otherwise."""
    content = lzma.decompress(pathlib.Path(table).read_bytes())
    lengths, place, ranks = content[:100_256], 100_256, {}
    for rank, length in enumerate(lengths):
        ranks[content[place : place + length]] = rank
        place += length
    pattern = (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|"
        r"\s++$|\s*[\r\n]|\s+(?!\S)|\s"
    )
    return {
        "name": "cl100k_base",
        "pat_str": pattern,
        "mergeable_ranks": ranks,
        "special_tokens": {},
    }


tiktoken.registry.ENCODING_CONSTRUCTORS = {
    **openai_public.ENCODING_CONSTRUCTORS,
    "cl100k_base": vocabulary,
}

from langchain_openai import OpenAIEmbeddings  # noqa: E402

texts = ["The lamp is lit at dusk.", "Приливы и отливы", "潮汐表"]
defaults = OpenAIEmbeddings(model="wordllama@Builtin", base_url=url, api_key=key)
plain = OpenAIEmbeddings(
    model="wordllama@Builtin", base_url=url, api_key=key, check_embedding_ctx_length=False
)
print(
    json.dumps({"tokens": defaults.embed_documents(texts), "texts": plain.embed_documents(texts)})
)
