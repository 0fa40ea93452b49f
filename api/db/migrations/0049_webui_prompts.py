"""Prompts of Open WebUI's clients, and their versions."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the tables."""
    create_table(
        database,
        "webui_prompt",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        user_id VARCHAR(32)
        command VARCHAR(255)
        command_key VARCHAR(255)
        name VARCHAR(255)
        content TEXT
        data TEXT
        meta TEXT
        tags TEXT
        tag_keys TEXT
        is_active BOOL
        version_id VARCHAR(32)
        """,
    )
    create_index(database, "webui_prompt", ("create_time",))
    create_index(database, "webui_prompt", ("tenant_id", "command_key"), unique=True)
    create_table(
        database,
        "webui_prompt_version",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        prompt_id VARCHAR(32)
        parent_id VARCHAR(32)
        user_id VARCHAR(32)
        snapshot TEXT
        message VARCHAR(500)
        """,
    )
    create_index(database, "webui_prompt_version", ("create_time",))
    create_index(database, "webui_prompt_version", ("prompt_id", "create_time", "id"))
