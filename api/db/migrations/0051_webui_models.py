"""What Open WebUI's clients keep of assistants, which are their models."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "webui_model",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        model_id VARCHAR(255)
        model_key VARCHAR(255)
        is_active BOOL
        params TEXT
        meta TEXT
        tag_keys TEXT
        """,
    )
    create_index(database, "webui_model", ("create_time",))
    create_index(database, "webui_model", ("model_key",))
