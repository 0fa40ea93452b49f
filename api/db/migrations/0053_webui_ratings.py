"""What people say of answers in Open WebUI's clients."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "webui_rating",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        kind VARCHAR(32)
        model_id VARCHAR(255)
        value INT
        data TEXT
        meta TEXT
        snapshot TEXT
        """,
    )
    create_index(database, "webui_rating", ("create_time",))
    create_index(database, "webui_rating", ("user_id", "create_time", "id"))
    create_index(database, "webui_rating", ("update_time", "id"))
