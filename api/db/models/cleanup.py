"""What is still to be done outside the database for changes that are already committed."""

from peewee import BigIntegerField, CharField

from api.db.base import Record


class Cleanup(Record):
    """A piece of such work, kept until it is done; doing it twice is harmless.

    `kind` is `dataset` or `document` (deleted: forget its chunks and files), `facts` (name,
    metadata or state of a document changed: tell the chunk store), `hidden` (a document is in the
    bin: let no search find it), `chunks` (all chunks of a
    document were withdrawn: forget them) or `upload` (a file that is being stored: remove it
    unless its document is committed in time). The recovery job leaves a row alone until
    `not_before`, in ms since the epoch.
    """

    kind = CharField(max_length=16)
    dataset_id = CharField(max_length=32)
    document_id = CharField(max_length=32, default="", index=True)
    storage_key = CharField(max_length=255, default="")
    not_before = BigIntegerField(index=True)
