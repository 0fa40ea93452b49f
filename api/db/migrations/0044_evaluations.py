"""Runs of questions over a dataset that are measured, and what each question found."""

from peewee import Database

from api.db.schema import create_index, create_table

RECORD = """
        id VARCHAR(32) PRIMARY KEY
        create_time BIGINT
        update_time BIGINT
        dataset_id VARCHAR(32)
"""


def apply(database: Database) -> None:
    """Create the tables."""
    run = "name VARCHAR(255)\nk INT\nsettings TEXT\nasked INT\ntotals TEXT\n"
    create_table(database, "evaluation", RECORD + run)
    create_index(database, "evaluation", ("create_time",))
    create_index(database, "evaluation", ("dataset_id", "create_time", "id"))
    own = "evaluation_id VARCHAR(32)\nquestion TEXT\nfigures TEXT\n"
    create_table(database, "evaluated_question", RECORD + own)
    create_index(database, "evaluated_question", ("create_time",))
    create_index(database, "evaluated_question", ("evaluation_id", "create_time", "id"))
    create_index(database, "evaluated_question", ("dataset_id",))
