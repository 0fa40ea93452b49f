"""Questions of a dataset that are asked again, with the passages that each should find."""

from peewee import Database

from api.db.schema import create_index, create_table


def apply(database: Database) -> None:
    """Create the table."""
    create_table(
        database,
        "kept_question",
        """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        dataset_id VARCHAR(32)
        question_hash VARCHAR(64)
        question TEXT
        expected TEXT
        """,
    )
    create_index(database, "kept_question", ("create_time",))
    create_index(database, "kept_question", ("dataset_id", "question_hash"), unique=True)
