"""The languages that the console offers for a dataset are those that a dataset may have."""

import re

from api.web.files import FOLDER
from rag.tokenizing.languages import LANGUAGES


def test_every_language_is_offered() -> None:
    text = (FOLDER / "pages" / "dataset_settings.mjs").read_text(encoding="utf-8")
    codes = text.partition("const codes = {")[2].partition("};")[0]
    assert sorted(re.findall(r'(\w+): "\w+"', codes)) == sorted(LANGUAGES)
