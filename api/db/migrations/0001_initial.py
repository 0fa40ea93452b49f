"""The tables of the first version."""

from peewee import Database

from api.db.schema import create_index, create_table

_TABLES = {
    "account": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        email VARCHAR(255)
        nickname VARCHAR(100)
        password_hash VARCHAR(255)
        session_token VARCHAR(64)
        avatar TEXT
        language VARCHAR(32)
        is_superuser BOOL
        is_active BOOL
        last_login_time BIGINT
    """,
    "api_key": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        user_id VARCHAR(32)
        name VARCHAR(100)
        key_hash VARCHAR(64)
        hint VARCHAR(32)
        last_used_time BIGINT
        revoked_time BIGINT
    """,
    "chat": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        name VARCHAR(255)
        name_key VARCHAR(255)
        avatar TEXT
        description TEXT
        language VARCHAR(32)
        dataset_ids TEXT
        llm TEXT
        prompt TEXT
        similarity_threshold FLOAT
        vector_similarity_weight FLOAT
        top_n INT
        top_k INT
    """,
    "chat_message": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        session_id VARCHAR(32)
        ordinal INT
        role VARCHAR(16)
        content TEXT
        reference TEXT
    """,
    "chat_session": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        chat_id VARCHAR(32)
        tenant_id VARCHAR(32)
        name VARCHAR(255)
        user_id VARCHAR(255)
    """,
    "chunk": """
        seq BIGAUTO PRIMARY KEY
        id VARCHAR(16)
        dataset_id VARCHAR(32)
        document_id VARCHAR(32)
        generation INT
        ordinal BIGINT
        content TEXT
        token_count INT
        important_keywords TEXT
        questions TEXT
        positions TEXT
        image_id VARCHAR(64)
        available BOOL
        indexed BOOL
        deleted BOOL
        create_time BIGINT
        update_time BIGINT
    """,
    "cleanup": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        kind VARCHAR(16)
        dataset_id VARCHAR(32)
        document_id VARCHAR(32)
        storage_key VARCHAR(255)
        not_before BIGINT
    """,
    "dataset": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        created_by VARCHAR(32)
        name VARCHAR(128)
        name_key VARCHAR(255)
        avatar TEXT
        description TEXT
        language VARCHAR(32)
        embedding_model VARCHAR(255)
        dimensions INT
        permission VARCHAR(16)
        chunk_method VARCHAR(32)
        parser_config TEXT
        pagerank INT
        similarity_threshold FLOAT
        vector_similarity_weight FLOAT
        document_count INT
        chunk_count INT
        token_num BIGINT
    """,
    "document": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        dataset_id VARCHAR(32)
        tenant_id VARCHAR(32)
        created_by VARCHAR(32)
        name VARCHAR(255)
        name_key VARCHAR(255)
        suffix VARCHAR(32)
        type VARCHAR(32)
        source_type VARCHAR(32)
        size BIGINT
        storage_key VARCHAR(255)
        content_hash VARCHAR(64)
        chunk_method VARCHAR(32)
        parser_config TEXT
        meta_fields TEXT
        enabled BOOL
        origin VARCHAR(64)
        generation INT
        next_generation INT
        chunk_count INT
        token_count BIGINT
        run VARCHAR(16)
        progress FLOAT
        progress_msg TEXT
        process_begin_at BIGINT
        process_duration FLOAT
    """,
    "provider_credential": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        provider VARCHAR(128)
        api_key_encrypted TEXT
        base_url VARCHAR(512)
    """,
    "task": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        dataset_id VARCHAR(32)
        document_id VARCHAR(32)
        generation INT
        kind VARCHAR(32)
        part INT
        first_page INT
        last_page INT
        state VARCHAR(16)
        not_before BIGINT
        attempts INT
        owner VARCHAR(128)
        fence BIGINT
        lease_until BIGINT
        cancel_requested BOOL
        progress FLOAT
        progress_msg TEXT
        error TEXT
        origin VARCHAR(64)
        chunk_count INT
        token_count BIGINT
        started_time BIGINT
        finished_time BIGINT
        cleaned BOOL
        trace TEXT
    """,
    "tenant": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        name VARCHAR(100)
        llm_id VARCHAR(255)
        embd_id VARCHAR(255)
        img2txt_id VARCHAR(255)
        asr_id VARCHAR(255)
        tts_id VARCHAR(255)
        rerank_id VARCHAR(255)
    """,
    "tenant_model": """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        provider VARCHAR(128)
        name VARCHAR(200)
        type VARCHAR(16)
        api_key_encrypted TEXT
        base_url VARCHAR(512)
        context INT
    """,
}

_UNIQUE = (
    ("account", "email"),
    ("api_key", "key_hash"),
    ("chat", "tenant_id name_key"),
    ("chat_message", "session_id ordinal"),
    ("chunk", "document_id generation id"),
    ("dataset", "tenant_id name_key"),
    ("document", "dataset_id name_key"),
    ("provider_credential", "tenant_id provider"),
    ("task", "document_id generation part"),
    ("tenant_model", "tenant_id provider name type"),
)

_INDEXED = (
    ("account", "create_time"),
    ("account", "session_token"),
    ("api_key", "create_time"),
    ("api_key", "tenant_id"),
    ("chat", "create_time"),
    ("chat", "tenant_id"),
    ("chat_message", "create_time"),
    ("chat_session", "create_time"),
    ("chat_session", "chat_id"),
    ("chunk", "dataset_id"),
    ("chunk", "document_id generation ordinal"),
    ("chunk", "indexed seq"),
    ("cleanup", "create_time"),
    ("cleanup", "document_id"),
    ("cleanup", "not_before"),
    ("dataset", "create_time"),
    ("dataset", "tenant_id create_time id"),
    ("document", "create_time"),
    ("document", "tenant_id"),
    ("document", "dataset_id create_time id"),
    ("document", "dataset_id origin"),
    ("provider_credential", "create_time"),
    ("task", "create_time"),
    ("task", "dataset_id"),
    ("task", "state tenant_id not_before part"),
    ("task", "state cleaned"),
    ("tenant", "create_time"),
    ("tenant_model", "create_time"),
)


def apply(database: Database) -> None:
    """Create them all."""
    for table, columns in _TABLES.items():
        create_table(database, table, columns)
    for table, columns in _UNIQUE:
        create_index(database, table, columns.split(), unique=True)
    for table, columns in _INDEXED:
        create_index(database, table, columns.split())
