"""The options of parsing: the defaults of each chunk method, and what an update makes of them."""

from collections.abc import Mapping
from copy import deepcopy

from api.services.library.unbuilt_options import check_built
from api.services.unset import UNSET, Unset
from rag.tokenizing.languages import LANGUAGES

RAPTOR_PROMPT = (
    "Summarize the following paragraphs. Keep numbers exact and add nothing.\n"
    "Paragraphs:\n{cluster_content}\nEnd of the paragraphs to summarize."
)
NAME_BONUS = "filename_bonus"
ENTITY_TYPES = ("organization", "person", "geo", "event", "category")

_NAIVE: Mapping[str, object] = {
    "layout_recognize": "DeepDOC",
    "chunk_token_num": 512,
    "delimiter": "\n",
    "auto_keywords": 0,
    "auto_questions": 0,
    "html4excel": False,
    "topn_tags": 3,
    "raptor": {
        "use_raptor": True,
        "prompt": RAPTOR_PROMPT,
        "max_token": 256,
        "threshold": 0.1,
        "max_cluster": 64,
        "random_seed": 0,
    },
    "graphrag": {"use_graphrag": True, "entity_types": list(ENTITY_TYPES), "method": "light"},
}
_PLAIN: Mapping[str, object] = {
    "raptor": {"use_raptor": False},
    "graphrag": {"use_graphrag": False},
}
_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "naive": _NAIVE,
    **dict.fromkeys(("qa", "manual", "paper", "book", "laws", "presentation"), _PLAIN),
    "knowledge_graph": {
        "chunk_token_num": 8192,
        "delimiter": "\n",
        "entity_types": list(ENTITY_TYPES),
    },
}


def default_config(chunk_method: str) -> dict[str, object]:
    """Return the options that a chunk method has by default; some have none."""
    return deepcopy(dict(_DEFAULTS.get(chunk_method, {})))


def language_in(config: Mapping[str, object]) -> str:
    """Return the language that stored options say a document is in; empty if they say none."""
    language = config.get("language")
    return language if isinstance(language, str) and language in LANGUAGES else ""


def name_weight_in(config: Mapping[str, object]) -> float:
    """Return the part that a document's name has in the vectors of its chunks; 0 for none."""
    weight = config.get("filename_embd_weight")
    return float(weight) if isinstance(weight, int | float) else 0.0


def name_bonus_in(config: Mapping[str, object]) -> float:
    """Return what the name of a document adds to similarities at most; 0 for nothing."""
    bonus = config.get(NAME_BONUS)
    return float(bonus) if isinstance(bonus, int | float) else 0.0


def config_with(chunk_method: str, given: Mapping[str, object]) -> dict[str, object]:
    """Return the options of a chunk method with those that are given.

    Who gives any has summaries and graphs only where these are asked for.
    """
    base = default_config(chunk_method)
    return deep_merged(deep_merged(base, _PLAIN) if given and "raptor" in base else base, given)


def deep_merged(base: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Return `base` with `changes` laid over it, objects merged key by key on every level."""
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            merged[key] = deep_merged(inner, value)
        else:
            merged[key] = value
    return merged


def next_config(
    stored: Mapping[str, object],
    method: str,
    options: Mapping[str, object] | Unset,
    *,
    method_changes: bool,
    replaces: bool = False,
) -> dict[str, object]:
    """Return the options after an update.

    `options` is what the update says of them, if it says anything: nothing in it means the
    method's defaults. A change of the method starts from its defaults, too. What an update says
    that `replaces` the options is all that there is. Raises FieldsError for an option that is not
    built and that the update switches on.
    """
    given = {} if options is UNSET else options
    check_built(given, stored)
    if replaces and given:
        return dict(given)
    if method_changes or (options is not UNSET and not given):
        return config_with(method, given)
    return deep_merged(stored, given)
