"""Notes of Open WebUI's clients, who has pinned them, and the updates of their documents."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the tables."""
    create_table(
        database,
        "webui_note",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        tenant_id VARCHAR(32)
        user_id VARCHAR(32)
        title VARCHAR(500)
        data TEXT
        meta TEXT
        excerpt TEXT
        sought TEXT
        """,
    )
    create_index(database, "webui_note", ("create_time",))
    create_index(database, "webui_note", ("tenant_id", "update_time", "id"))
    create_table(
        database,
        "webui_note_pin",
        """
        id BIGAUTO PRIMARY KEY
        user_id VARCHAR(32)
        note_id VARCHAR(32)
        """,
    )
    create_index(database, "webui_note_pin", ("note_id",))
    create_index(database, "webui_note_pin", ("user_id", "note_id"), unique=True)
    create_table(
        database,
        "webui_note_update",
        """
        id BIGAUTO PRIMARY KEY
        note_id VARCHAR(32)
        create_time BIGINT
        size INT
        body TEXT
        """,
    )
    create_index(database, "webui_note_update", ("note_id", "size", "id"))
