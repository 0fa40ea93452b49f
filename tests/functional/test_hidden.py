"""What is hidden in a file is left out and named, unless a setting says otherwise."""

import io

import pytest
import xlsxwriter

from api.config.settings import Settings
from tests.functional.ingesting import Site, done


@pytest.fixture(params=[False, True], ids=["left out", "read"])
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Leave out, or read what is hidden."""
    worker = settings.worker.model_copy(update={"read_hidden": request.param})
    return settings.model_copy(update={"worker": worker})


@pytest.mark.databases("sqlite")
def test_a_hidden_sheet_is_found_only_where_that_is_wanted(site: Site, settings: Settings) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("Open").write(0, 0, "The lamp is lit at dusk.")
        secret = book.add_worksheet("Salaries")
        secret.write(0, 0, "The keeper earns 4,711.")
        secret.hide()
    path = done(site, "book.xlsx", buffer.getvalue())
    text = " ".join(chunk["content"] for chunk in site.chunks(path))
    assert "dusk" in text
    assert ("4,711" in text) is settings.worker.read_hidden
    told = str(site.shown(path)["progress_msg"])
    assert ("hidden sheets were left out: Salaries" in told) is not settings.worker.read_hidden
