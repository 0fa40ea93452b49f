"""Folders and tags of conversations of Open WebUI's clients, and lists that are read by place."""

from peewee import Database

from api.db.schema import add_column, create_index, create_table


def apply(database: Database) -> None:
    """Create the tables, and say of each conversation in which folder it is."""
    create_table(
        database,
        "webui_folder",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        parent_id VARCHAR(32)
        name VARCHAR(255)
        name_key VARCHAR(255)
        is_expanded BOOL
        data TEXT
        meta TEXT
        """,
    )
    create_index(database, "webui_folder", ("create_time",))
    create_index(database, "webui_folder", ("user_id", "parent_id", "name_key"), unique=True)
    create_table(
        database,
        "webui_tag",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        user_id VARCHAR(32)
        chat_id VARCHAR(32)
        tag VARCHAR(255)
        name VARCHAR(255)
        """,
    )
    create_index(database, "webui_tag", ("create_time",))
    create_index(database, "webui_tag", ("chat_id", "tag"), unique=True)
    create_index(database, "webui_tag", ("user_id", "tag"))
    add_column(database, "webui_chat", "folder", "VARCHAR(32)", "''")
    in_folders = ("user_id", "folder", "is_archived", "update_time", "id", "is_pinned")
    create_index(database, "webui_chat", in_folders)
    anywhere = ("user_id", "is_archived", "update_time", "id", "is_pinned", "folder")
    create_index(database, "webui_chat", anywhere)
