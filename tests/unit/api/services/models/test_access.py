"""How a model is reached that everybody may use, while settings change."""

from pathlib import Path

import pytest
from peewee import SqliteDatabase

from api.config.places import SHIPPED
from api.config.settings import ModelSettings
from api.errors import UnknownModelError
from api.secrets import Cipher, SecretKey
from api.services.models.catalogue import Catalogue
from api.services.models.models import ModelService

TENANT = "0" * 32


class Held:
    """Settings that can be replaced."""

    def __init__(self, settings: ModelSettings) -> None:
        """Begin with some."""
        self.now = settings

    def __call__(self) -> ModelSettings:
        """Return those in force."""
        return self.now


@pytest.fixture
def held() -> Held:
    return Held(ModelSettings(aliases="ours=wordllama@Builtin"))


@pytest.fixture
def models(held: Held, tmp_path: Path) -> ModelService:
    catalogue = Catalogue(SHIPPED / "conf" / "llm_factories.json")
    return ModelService(
        SqliteDatabase(None), held, catalogue, Cipher(SecretKey("secret", tmp_path))
    )


def test_an_alias_means_what_the_settings_say_now(models: ModelService, held: Held) -> None:
    for _ in range(2):
        assert models.access(TENANT, "ours", "embedding").model == "wordllama"
    held.now = ModelSettings(aliases="ours=hashing@Builtin")
    assert models.access(TENANT, "ours", "embedding").model == "hashing"


def test_the_model_of_the_settings_is_reached_where_they_say_now(
    models: ModelService, held: Held
) -> None:
    for address in ("http://one.example/v1", "http://two.example/v1"):
        held.now = ModelSettings(embedding_model="e@Local", embedding_base_url=address)
        for _ in range(2):
            assert models.access(TENANT, "e@Local", "embedding").base_url == address
    assert models.access(TENANT, "wordllama@Builtin", "embedding").kind == "builtin"


def test_a_model_is_of_its_kind_alone_however_often_it_is_asked_for(models: ModelService) -> None:
    models.access(TENANT, "wordllama@Builtin", "embedding")
    for _ in range(2):
        with pytest.raises(UnknownModelError):
            models.access(TENANT, "wordllama@Builtin", "rerank")
