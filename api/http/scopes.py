"""Which pages an API key reaches whose scope leaves something out.

A page that nobody has thought of here is reached by keys without a scope alone, unless it only
reads.
"""

from flask import request

from api.errors import ScopeError
from api.services.accounts.scopes import EVERYTHING, Reach, Scope

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

ASKS = frozenset(
    {
        "anthropic_messages.count",
        "anthropic_messages.create",
        "bots_chatbots.complete",
        "bots_searchbots.ask",
        "bots_searchbots.mindmap",
        "bots_searchbots.related_questions",
        "bots_searchbots.retrieval_test",
        "console_chunk.list_chunks",
        "console_chunk.retrieval_test",
        "console_conversation.ask",
        "console_conversation.completion",
        "console_conversation.mindmap",
        "console_conversation.related_questions",
        "console_conversation.save",
        "console_dialog.list_page",
        "console_document.count",
        "console_document.infos",
        "console_document.list_documents",
        "console_kb.list_datasets",
        "console_kb_logs.list_dataset_logs",
        "console_kb_logs.list_logs",
        "console_search.list_page",
        "dify_retrieval.retrieve",
        "mcp_messages.answer",
        "ollama_chat.chat",
        "ollama_chat.generate",
        "ollama_models.embed",
        "ollama_models.embed_one",
        "ollama_models.show",
        "openai_chat.complete",
        "openai_completions.complete",
        "openai_embeddings.embed",
        "openai_responses.create",
        "openai_vector_stores.search",
        "reading_process.read",
        "rerank_ranking.rank",
        "rest_completions.complete",
        "rest_completions.talk",
        "rest_openai.complete",
        "rest_retrieval.retrieve",
        "rest_search.search_dataset",
        "rest_search.search_datasets",
        "rest_searches.complete",
        "rest_sessions.create",
        "rest_sessions.judge",
        "rest_suggestions.ask",
        "rest_suggestions.mindmap",
        "rest_suggestions.related_questions",
    }
)
"""Pages that search, ask or list although their method may change something."""

TELLS_KEYS = frozenset(
    {
        "rest_system.list_tokens",
        "rest_shares.list_all",
        "console_system.token_list",
        "console_api.token_list",
    }
)
"""Pages that tell other keys, whole where the settings want that, the tokens of bots and shares."""

CHECKS_DATASETS = frozenset(
    {
        "rest_datasets.list_datasets",
        "rest_retrieval.retrieve",
        "rest_search.search_datasets",
        "dify_retrieval.retrieve",
    }
)
"""Pages that name datasets elsewhere than in their address, and look at the scope for each."""


def check_scope(scope: Scope) -> None:
    """Raise ScopeError for a page that the scope of the request's key leaves out."""
    if scope is EVERYTHING:
        return
    page = request.endpoint or ""
    if page in TELLS_KEYS:
        raise ScopeError("The scope of this API key leaves out the list of keys.")
    if scope.reach is Reach.READ and request.method not in SAFE and page not in ASKS:
        raise ScopeError("The scope of this API key is `read`: this would change something.")
    if scope.dataset_ids and not names_datasets(page):
        raise ScopeError("The scope of this API key is some datasets: this is about more.")


def names_datasets(page: str) -> bool:
    """Return whether a page is about datasets that it names, and about nothing else."""
    in_address = page.startswith("rest_") and "dataset_id" in (request.view_args or {})
    return in_address or page in CHECKS_DATASETS
