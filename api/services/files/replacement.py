"""Other content for files that stay what and where they are."""

from collections.abc import Sequence
from contextlib import suppress

from api.db.connection import connected
from api.errors import ArgumentError, RaglanError
from api.services.accounts.records import Principal
from api.services.files.queries import entries
from api.services.files.records import FileRecord
from api.services.files.uploads import FileUploads, keep
from api.services.files.values import ReceivedFile
from api.services.library.document_change import check_extension
from api.services.library.document_upload import Planned
from api.services.library.queries import holdings
from api.services.library.queries.cleanup import note
from api.services.library.quota import Growth
from api.services.library.records import CleanupKind


class FileReplacement:
    """Replaces what is in a file: its id, name and place stay, and the documents made of it."""

    def __init__(self, uploads: FileUploads) -> None:
        """Initialize with the uploads, which store the bytes."""
        self.tree = uploads.tree
        self.database = uploads.database
        self.uploads = uploads
        self.store = uploads.uploads

    def replace(
        self, asker: Principal, file_id: str, received: Sequence[ReceivedFile]
    ) -> FileRecord:
        """Store the one received file in place of the content of another, which is returned.

        Readers have the old content or the new one, whole. When anything fails the old one stays.
        Raises ExtensionError for a file of another kind.
        """
        if len(received) != 1:
            raise ArgumentError("Send one file, as the multipart field `file`.")
        content = received[0].content
        file = self.file(asker, file_id)
        check_extension(file.name, received[0].name)
        size = content.seek(0, 2)
        growth = Growth(file.tenant_id, "", max(0, size - file.size))
        self.store.quota.check(growth)
        self.store.disk.check(size)
        plans = self.uploads.plan(file.tenant_id, [(file.name, size)])
        try:
            [sha256] = self.store.store(plans, [content])
            old = self.commit(asker, file_id, growth, plans[0], sha256)
        except BaseException:  # whatever ended it, a kill of the greenlet too: no bytes are left
            with suppress(RaglanError):  # what cannot be removed now stays noted
                self.store.cleanup.carry_out([plan.cleanup_id for plan in plans if plan.key])
            raise
        self.store.cleanup.carry_out(old)
        return self.file(asker, file_id)

    @connected
    def file(self, asker: Principal, file_id: str) -> FileRecord:
        """Return the file; raises an error if the asker may not change it."""
        return self.tree.replaceable(asker, file_id)

    @connected
    def commit(
        self, asker: Principal, file_id: str, growth: Growth, plan: Planned, sha256: str
    ) -> list[str]:
        """Write where the new content is; return the note of the old one, which has to go."""
        with self.database.atomic():
            holdings.hold_tenant(growth.tenant_id)
            self.tree.replaceable(asker, file_id)
            entries.lock([file_id])
            old = entries.content_of(self.database, file_id)
            entries.write_content(self.database, file_id, plan.key, sha256, plan.size)
            keep([plan])
            self.store.quota.verify(growth)
            if old is None or not old.storage_key:
                return []
            return [note(CleanupKind.UPLOAD, growth.tenant_id, file_id, old.storage_key)]
