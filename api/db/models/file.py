"""Files and folders that tenants keep beside their datasets."""

from peewee import BigIntegerField, CharField

from api.db.base import Record


class FileEntry(Record):
    """A file or a folder of a tenant.

    `parent_id` is that of the folder, or of the tenant: each tenant is the root of its own tree.
    `type` is "folder" or what `document_type` says of the name. `storage_key` is empty for a folder
    and for an empty file. `name_key` is what keywords are looked for in. `purpose` is what for a
    client has sent a file, where it has said so.
    """

    tenant_id = CharField(max_length=32)
    parent_id = CharField(max_length=32)
    created_by = CharField(max_length=32)
    name = CharField(max_length=255)
    name_key = CharField(max_length=255)
    type = CharField(max_length=32)
    size = BigIntegerField(default=0)
    storage_key = CharField(max_length=255, default="")
    content_hash = CharField(max_length=64, default="")
    purpose = CharField(max_length=16, default="")

    class Meta:
        """Names are unique in their folder; what a tenant holds is counted."""

        indexes = (
            (("parent_id", "name"), True),
            (("parent_id", "create_time", "id"), False),
            (("parent_id", "update_time", "id"), False),
            (("parent_id", "name", "id"), False),
            (("parent_id", "size", "id"), False),
            (("parent_id", "type", "id"), False),
            (("tenant_id", "size"), False),
        )
