"""Which pages an API key reaches whose scope leaves something out.

A page that nobody has thought of here is reached by keys without a scope alone, unless it only
reads.
"""

from collections.abc import Mapping

from flask import request

from api.errors import ScopeError
from api.services.accounts.scopes import EVERYTHING, Noun, Reach, Scope

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
        "openwebui_chat_tags.list_tagged",
        "openwebui_chat_functions.act",
        "openwebui_chat_functions.complete",
        "openwebui_completions.complete",
        "openwebui_groups.list_users",
        "openwebui_writing.complete_typed",
        "openwebui_writing.emoji",
        "openwebui_writing.follow_ups",
        "openwebui_writing.image_prompt",
        "openwebui_writing.merge",
        "openwebui_writing.search_queries",
        "openwebui_writing.tags",
        "openwebui_writing.title",
        "openwebui_retrieval.query_one",
        "openwebui_retrieval.query_several",
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
        "scim_groups.search",
        "scim_users.search",
    }
)
"""Pages that search, ask or list although their method may change something."""

TELLS_KEYS = frozenset(
    {
        "rest_system.list_tokens",
        "rest_shares.list_all",
        "console_system.token_list",
        "console_api.token_list",
        "openwebui_auths.show_key",
        "openwebui_channel_webhooks.list_all",
    }
)
"""Pages that tell other keys, whole where the settings want that, the tokens of bots and shares."""

GIVES_MORE = frozenset(
    {
        "console_api.new_token",
        "console_system.new_token",
        "openwebui_auths.change_password",
        "openwebui_auths.new_key",
        "openwebui_channel_webhooks.create",
        "openwebui_groups.add_members",
        "openwebui_groups.change",
        "openwebui_groups.create",
        "openwebui_admin_config.change",
        "openwebui_configs.set_banners",
        "openwebui_configs.set_chats",
        "openwebui_configs.set_code",
        "openwebui_configs.set_connections",
        "openwebui_configs.set_models",
        "openwebui_configs.set_subagents",
        "openwebui_configs.set_suggestions",
        "openwebui_configs.set_terminals",
        "openwebui_configs.set_visibility",
        "openwebui_configs.take",
        "openwebui_evaluations.set_arena",
        "openwebui_happenings.change",
        "openwebui_happenings.create",
        "openwebui_retrieval_config.change",
        "openwebui_sign_in_config.change_directory",
        "openwebui_sign_in_config.change_directory_on",
        "openwebui_sign_in_config.change_provider",
        "openwebui_retrieval_config.change_embedding",
        "openwebui_providers.set_ollama",
        "openwebui_providers.set_openai",
        "openwebui_users.add",
        "openwebui_users.change",
        "openwebui_users.change_named_role",
        "openwebui_users.change_role",
        "openwebui_users.set_default_permissions",
        "openwebui_writing.change_config",
        "openwebui_chat_shares.change_access",
        "rest_grants.set_of_chat",
        "rest_grants.set_of_dataset",
        "rest_grants.set_of_file",
        "rest_grants.set_of_model",
        "rest_groups.add_members",
        "rest_groups.change",
        "rest_groups.create",
        "rest_groups.set_permissions",
        "rest_operation.change",
        "rest_operation.go_back",
        "rest_people.change",
        "rest_people.create",
        "rest_people.invite",
        "rest_second_factor.begin",
        "rest_second_factor.confirm",
        "rest_second_factor.remove",
        "rest_second_factor.renew_codes",
        "rest_second_factor.reset",
        "rest_system.change_token",
        "rest_system.create_token",
    }
)
"""Pages by which a key could make itself another one, or an account, that may do more."""

CHECKS_DATASETS = frozenset(
    {
        "rest_datasets.list_datasets",
        "rest_retrieval.retrieve",
        "rest_search.search_datasets",
        "dify_retrieval.retrieve",
        "openwebui_retrieval.query_one",
        "openwebui_retrieval.query_plainly",
        "openwebui_retrieval.query_several",
    }
)
"""Pages that name datasets elsewhere than in their address, and look at the scope for each."""

PAGES_OF: Mapping[str, frozenset[str]] = {
    Noun.DATASETS: frozenset(
        {
            "console_kb",
            "console_kb_graph",
            "console_kb_logs",
            "openai_vector_stores",
            "openwebui_knowledge",
            "rest_datasets",
            "rest_evaluations",
            "rest_graphs",
            "rest_metadata",
            "rest_questions",
        }
    ),
    Noun.DOCUMENTS: frozenset(
        {
            "console_document",
            "console_document_bytes",
            "console_document_chat",
            "openai_store_files",
            "openwebui_knowledge_directories",
            "openwebui_knowledge_files",
            "reading_process",
            "rest_bulk",
            "rest_changes",
            "rest_documents",
            "rest_downloads",
            "rest_ingest",
            "rest_pages",
            "rest_timeline",
            "rest_view",
        }
    ),
    Noun.CHUNKS: frozenset(
        {"console_chunk", "rest_chunk_batches", "rest_chunk_shapes", "rest_chunks"}
    ),
    Noun.SEARCH: frozenset(
        {
            "bots_searchbots",
            "console_search",
            "dify_retrieval",
            "openai_embeddings",
            "openwebui_retrieval",
            "rerank_ranking",
            "rest_retrieval",
            "rest_search",
            "rest_searches",
            "rest_suggestions",
        }
    ),
    Noun.ASSISTANTS: frozenset(
        {
            "anthropic_messages",
            "bots_chatbots",
            "console_conversation",
            "console_dialog",
            "ollama_chat",
            "openai_chat",
            "openai_completions",
            "openai_responses",
            "openwebui_chat_copies",
            "openwebui_chat_events",
            "openwebui_chat_folders",
            "openwebui_chat_lists",
            "openwebui_chat_shares",
            "openwebui_chat_tags",
            "openwebui_chats",
            "openwebui_completions",
            "openwebui_folders",
            "openwebui_writing",
            "rest_chats",
            "rest_completions",
            "rest_feedback",
            "rest_openai",
            "rest_sessions",
            "rest_shares",
        }
    ),
    Noun.FILES: frozenset(
        {
            "console_file",
            "console_file2document",
            "openai_files",
            "openwebui_files",
            "openwebui_processing",
            "rest_file",
            "rest_files",
        }
    ),
    Noun.MODELS: frozenset(
        {"console_llm", "ollama_models", "openai_models", "openwebui_models", "rest_models"}
    ),
    Noun.TASKS: frozenset({"rest_tasks"}),
}
"""The pages of each noun, by door and page. MCP is about all of them, and so for no key that has
nouns."""


def check_scope(scope: Scope) -> None:
    """Raise ScopeError for a page that the scope of the request's key leaves out."""
    if scope is EVERYTHING:
        return
    page = request.endpoint or ""
    if page in TELLS_KEYS:
        raise ScopeError("The scope of this API key leaves out the list of keys.")
    if page in GIVES_MORE and scope.reach is not Reach.READ:
        raise ScopeError("An API key with a scope makes no keys, accounts or settings.")
    if scope.reach is Reach.READ and request.method not in SAFE and page not in ASKS:
        raise ScopeError("The scope of this API key is `read`: this would change something.")
    if scope.dataset_ids and not names_datasets(page):
        raise ScopeError("The scope of this API key is some datasets: this is about more.")
    check_place(scope, page.partition(".")[0])


def check_place(scope: Scope, pages: str) -> None:
    """Raise ScopeError for pages at another door than a scope names, or about other things."""
    if scope.doors and pages.partition("_")[0] not in scope.doors:
        raise ScopeError(f"The scope of this API key is {named(scope.doors)}: not this door.")
    if scope.nouns and not any(pages in PAGES_OF[noun] for noun in scope.nouns):
        raise ScopeError(f"The scope of this API key is {named(scope.nouns)}: not this.")


def named(names: frozenset[str]) -> str:
    """Return the names of a scope, in their order."""
    return ", ".join(f"`{name}`" for name in sorted(names))


def names_datasets(page: str) -> bool:
    """Return whether a page is about datasets that it names, and about nothing else."""
    in_address = page.startswith("rest_") and "dataset_id" in (request.view_args or {})
    return in_address or page in CHECKS_DATASETS
