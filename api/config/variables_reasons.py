"""Variables of Open WebUI's environment that stand for nothing here, with what to set instead."""

from collections.abc import Mapping

OF_DATASETS = "each dataset says how its files are cut"
WHOLE = "a question says which of its files are told whole, by `context`: `full`"
ONE_REDIS = "redis.url serves all processes for everything"

REASONS_INSTEAD: Mapping[str, str] = {
    "CHUNK_SIZE": OF_DATASETS,
    "CHUNK_OVERLAP": OF_DATASETS,
    "CHUNK_MIN_SIZE_TARGET": OF_DATASETS,
    "DEFAULT_GROUP_ID": "groups have ids of their own here: auth.default_group takes one",
    "WEBUI_NAME": "the pages keep the name that they have here",
    "RAG_TEMPLATE": "conf/prompts/webui_sources.md says how models use passages",
    "RAG_FULL_CONTEXT": WHOLE,
    "BYPASS_EMBEDDING_AND_RETRIEVAL": WHOLE,
    "PDF_EXTRACT_IMAGES": "worker.ocr_page_pictures says whether pictures on pages are read",
    "VECTOR_DB": "chunk_store.url says where vectors and words are searched",
    "WEBSOCKET_MANAGER": ONE_REDIS,
    "WEBSOCKET_REDIS_URL": ONE_REDIS,
    "AUDIT_INCLUDED_PATHS": "audit.include takes paths as they are here",
    "AUDIT_EXCLUDED_PATHS": "audit.exclude takes paths as they are here",
    "RESET_CONFIG_ON_START": "settings.reset_on_start forgets the settings in the database once",
}
