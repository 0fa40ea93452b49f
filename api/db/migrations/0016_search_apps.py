"""Search apps, models that tenants switch off, and keys that stay readable."""

from peewee import Database

from api.db.schema import add_column, create_index, create_table

_APP = """
    id VARCHAR(32) PRIMARY KEY
    create_time BIGINT
    update_time BIGINT
    tenant_id VARCHAR(32)
    created_by VARCHAR(32)
    name VARCHAR(255)
    name_key VARCHAR(255)
    avatar TEXT
    description TEXT
    settings TEXT
"""

_SWITCH = """
    id VARCHAR(32) PRIMARY KEY
    create_time BIGINT
    update_time BIGINT
    tenant_id VARCHAR(32)
    provider VARCHAR(128)
    name VARCHAR(200)
"""


def apply(database: Database) -> None:
    """Create the tables and the column."""
    create_table(database, "search_app", _APP)
    create_index(database, "search_app", ("create_time",))
    create_index(database, "search_app", ("tenant_id",))
    create_index(database, "search_app", ("tenant_id", "name_key"), unique=True)
    create_table(database, "model_off", _SWITCH)
    create_index(database, "model_off", ("create_time",))
    create_index(database, "model_off", ("tenant_id", "provider", "name"), unique=True)
    add_column(database, "api_key", "key_encrypted", "VARCHAR(512)", "''")
