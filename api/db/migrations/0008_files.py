"""Files and folders of tenants, and the file that a document was made of."""

from peewee import Database

from api.db.schema import add_column, create_index, create_table

_COLUMNS = """
    id VARCHAR(32) PRIMARY KEY
    create_time BIGINT
    update_time BIGINT
    tenant_id VARCHAR(32)
    parent_id VARCHAR(32)
    created_by VARCHAR(32)
    name VARCHAR(255)
    name_key VARCHAR(255)
    type VARCHAR(32)
    size BIGINT
    storage_key VARCHAR(255)
    content_hash VARCHAR(64)
"""

_INDEXES = (("create_time",), ("parent_id", "create_time", "id"), ("tenant_id", "size"))


def apply(database: Database) -> None:
    """Create the table and the column."""
    create_table(database, "file_entry", _COLUMNS)
    create_index(database, "file_entry", ("parent_id", "name"), unique=True)
    for columns in _INDEXES:
        create_index(database, "file_entry", columns)
    add_column(database, "document", "file_id", "VARCHAR(32)", "''")
    create_index(database, "document", ("file_id",))
