"""What Open WebUI keeps in PostgreSQL is read as what it keeps in SQLite is."""

from pathlib import Path
from typing import Any

import pytest

from api.cli.importing.openwebui.stored import StoredWebui, opened
from api.cli.importing.remote import SourceError
from tests.databases import PostgresqlMaker
from tests.support import openwebui as there


def everything(source: StoredWebui) -> dict[str, Any]:
    """Return all that is read, in one form for both."""
    bases = list(source.bases())
    files = {base.id: sorted(source.files(base.id), key=lambda file: file.id) for base in bases}
    content = {}
    for file in (one for many in files.values() for one in many if one.id == there.LAMP):
        with source.content(file) as opened_file:
            content[file.id] = opened_file.read()
    return {
        "people": sorted(source.people(), key=lambda person: person.id),
        "talks": sorted((source.talk(row) for row in source.talks()), key=lambda talk: talk.id),
        "bases": sorted(bases, key=lambda base: base.id),
        "files": files,
        "content": content,
        "groups": list(source.groups()),
        "folders": sorted(source.folders(), key=lambda folder: folder.id),
        "tags": source.tag_names(there.ADA),
        "prompts": list(source.prompts()),
        "tools": list(source.tools()),
        "functions": list(source.functions()),
        "memories": list(source.memories()),
        "ratings": list(source.ratings()),
        "others": dict(source.others()),
    }


def test_postgresql_tells_what_sqlite_tells(
    postgresql_maker: PostgresqlMaker, tmp_path: Path
) -> None:
    url = postgresql_maker.empty()
    there.fill_postgresql(url, tmp_path / "postgresql")
    path = there.fill(tmp_path / "sqlite")
    with opened(f"sqlite:///{path}", path.parent) as source:
        expected = everything(source)
    with opened(url, tmp_path / "postgresql") as source:
        found = everything(source)
    assert found == expected
    assert len(found["talks"]) == len(there.TABLES["chat"])
    assert found["content"] == {there.LAMP: there.TEXT}


def test_another_database_is_refused_by_what_it_lacks(postgresql_maker: PostgresqlMaker) -> None:
    with (
        pytest.raises(SourceError, match="no database of Open WebUI") as raised,
        opened(postgresql_maker.empty(), None),
    ):
        pass
    assert "does not exist" in str(raised.value)
