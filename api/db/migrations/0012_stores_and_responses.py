"""What clients note of datasets and files, batches of files, and responses that are kept."""

from peewee import Database

from api.db.schema import add_column, create_index, create_table

_BATCH = """
    id VARCHAR(32) PRIMARY KEY
    create_time BIGINT
    update_time BIGINT
    dataset_id VARCHAR(32)
    document_ids TEXT
"""

_RESPONSE = """
    id VARCHAR(32) PRIMARY KEY
    create_time BIGINT
    update_time BIGINT
    tenant_id VARCHAR(32)
    model VARCHAR(255)
    request TEXT
    conversation TEXT
    answer TEXT
"""


def apply(database: Database) -> None:
    """Create the tables and the columns."""
    add_column(database, "dataset", "attributes", "VARCHAR(8192)", "'{}'")
    add_column(database, "file_entry", "purpose", "VARCHAR(16)", "''")
    for table, columns in (("file_batch", _BATCH), ("kept_response", _RESPONSE)):
        create_table(database, table, columns)
        create_index(database, table, ("create_time",))
