"""How every chunk store filters by the metadata of documents."""

from collections.abc import Mapping

import pytest

from rag.engines.base import ChunkStore, Comparison, Condition, MetadataCondition
from rag.engines.conditions import matches
from rag.types import DocumentFacts, MetaValue
from tests.chunk_corpus import DATASET, ask, make_document, write

IS, IS_NOT = Comparison.IS, Comparison.IS_NOT
GREATER, LESS = Comparison.GREATER, Comparison.LESS

LIBRARY: dict[str, Mapping[str, MetaValue]] = {
    "bare": {},
    "atlas": {"shelf": "North", "year": 1999, "tags": ["maps", "Old"], "draft": True},
    "bible": {"shelf": "north wing", "year": "1500", "tags": [], "price": 12.5},
    "comic": {"shelf": "SOUTH", "year": 2020, "tags": ["fun", 7], "note": ""},
    "diary": {"shelf": "straße", "year": "unknown", "date": "2021-03-09", "draft": False},
    "encyclopedia": {"shelf": "北", "year": 2000.0, "date": "2020-12-31", "note": ["", ""]},
    "fable": {"shelf": "100%_\\", "year": -5, "note": 'it\'s "quoted"; DROP TABLE', "tags": "fun"},
}

CASES = [
    # Texts compare without regard to case.
    (IS, "shelf", "NORTH", "atlas"),
    (IS, "shelf", "STRASSE", "diary"),
    (IS, "shelf", "北", "encyclopedia"),
    (IS, "shelf", "nort", ""),
    (IS, "note", "", "comic encyclopedia"),
    (IS_NOT, "shelf", "north", "bare bible comic diary encyclopedia fable"),
    # A text that reads as a number compares as one with a number; two texts are two texts.
    (IS, "year", 1500, "bible"),
    (IS, "year", "1500", "bible"),
    (IS, "year", "1500.0", ""),
    (IS, "year", 1999.0, "atlas"),
    (IS, "year", "1999", "atlas"),
    (IS, "year", "2000", "encyclopedia"),
    (IS, "year", "unknown", "diary"),
    (IS_NOT, "year", 2000, "bare atlas bible comic diary fable"),
    # Truth values are texts and numbers.
    (IS, "draft", True, "atlas"),
    (IS, "draft", "true", "atlas"),
    (IS, "draft", "False", "diary"),
    (IS, "draft", 0, "diary"),
    (IS_NOT, "draft", True, "bare bible comic diary encyclopedia fable"),
    # Any member of a list will do.
    (IS, "tags", "old", "atlas"),
    (IS, "tags", "fun", "comic fable"),
    (IS, "tags", 7, "comic"),
    (IS_NOT, "tags", "fun", "bare atlas bible diary encyclopedia"),
    (IS, "tags", ("maps", "fun"), "atlas comic fable"),
    (IS, "tags", (), ""),
    (IS_NOT, "tags", (), " ".join(LIBRARY)),
    # One of several.
    (Comparison.IN, "shelf", "north, south", "atlas comic"),
    (Comparison.IN, "shelf", ("North Wing", "south"), "bible comic"),
    (Comparison.IN, "year", (1999, 2020, "1500"), "atlas bible comic"),
    (Comparison.IN, "year", "1999,2020", "atlas comic"),
    (Comparison.IN, "year", -5, "fable"),
    (Comparison.NOT_IN, "shelf", "north, south", "bare bible diary encyclopedia fable"),
    # Parts of texts.
    (Comparison.CONTAINS, "shelf", "ORTH", "atlas bible"),
    (Comparison.CONTAINS, "shelf", "%_\\", "fable"),
    (Comparison.CONTAINS, "note", '"quoted";', "fable"),
    (Comparison.CONTAINS, "year", 9, "atlas"),
    (Comparison.CONTAINS, "tags", "u", "comic fable"),
    (Comparison.CONTAINS, "shelf", "", "atlas bible comic diary encyclopedia fable"),
    (Comparison.NOT_CONTAINS, "shelf", "orth", "bare comic diary encyclopedia fable"),
    (Comparison.STARTS_WITH, "shelf", "nOrTh", "atlas bible"),
    (Comparison.STARTS_WITH, "shelf", "100%", "fable"),
    (Comparison.STARTS_WITH, "shelf", "100_", ""),
    (Comparison.STARTS_WITH, "year", "20", "comic encyclopedia"),
    (Comparison.STARTS_WITH, "note", "", "comic encyclopedia fable"),
    (Comparison.ENDS_WITH, "shelf", "TH", "atlas comic"),
    (Comparison.ENDS_WITH, "shelf", "the whole north", ""),
    (Comparison.ENDS_WITH, "shelf", "", "atlas bible comic diary encyclopedia fable"),
    # Order: of numbers if both read as one, of texts if neither is a number.
    (GREATER, "year", 1999, "comic encyclopedia"),
    (GREATER, "year", "1999", "comic diary encyclopedia"),
    (Comparison.GREATER_EQUAL, "year", 1999, "atlas comic encyclopedia"),
    (LESS, "year", 1999, "bible fable"),
    (Comparison.LESS_EQUAL, "year", "1500", "bible fable"),
    (LESS, "price", 12.51, "bible"),
    (GREATER, "date", "2021-01-01", "diary"),
    (Comparison.LESS_EQUAL, "date", "2021-01-01", "encyclopedia"),
    (GREATER, "date", 5, ""),
    (LESS, "shelf", "o", "atlas bible fable"),
    (GREATER, "tags", 6, "comic"),
    (GREATER, "year", (), ""),
    # Empty is what is not there, or holds no text.
    (Comparison.EMPTY, "shelf", "", "bare"),
    (Comparison.EMPTY, "tags", "ignored", "bare bible diary encyclopedia"),
    (Comparison.EMPTY, "note", (), "bare atlas bible comic diary encyclopedia"),
    (Comparison.NOT_EMPTY, "note", "", "fable"),
    (Comparison.NOT_EMPTY, "draft", "", "atlas diary"),
    (Comparison.NOT_EMPTY, "absent", "", ""),
]


def fill(store: ChunkStore) -> dict[str, DocumentFacts]:
    documents = {name: make_document(name, metadata=metadata) for name, metadata in LIBRARY.items()}
    for document in documents.values():
        write(store, document, "tide")
    return documents


def found(store: ChunkStore, condition: MetadataCondition, **fields: object) -> set[str]:
    """Return the names of the documents that meet a condition."""
    result = ask(store, "tide", condition=condition, **fields)
    names = {hit.document_name for hit in result.hits}
    assert result.total == len(names)
    return names


@pytest.fixture
def library(chunk_store: ChunkStore) -> dict[str, DocumentFacts]:
    """Fill the store with documents of one chunk."""
    return fill(chunk_store)


@pytest.mark.on_postgresql
@pytest.mark.usefixtures("library")
def test_every_comparison(chunk_store: ChunkStore) -> None:
    for comparison, name, value, expected in CASES:
        condition = MetadataCondition((Condition(name, comparison, value),))
        assert found(chunk_store, condition) == set(expected.split()), (comparison, name, value)
    assert {comparison for comparison, *_ in CASES} == set(Comparison)


@pytest.mark.not_on_opensearch
@pytest.mark.usefixtures("library")
def test_the_plain_evaluation_agrees(chunk_store: ChunkStore) -> None:
    values: list[str | float] = ["", "north", "2", "1500", 2000, 1.5, "true", True, -5, "e", "1e3"]
    for comparison in Comparison:
        for name in ("shelf", "year", "tags", "draft", "note"):
            for value in values:
                condition = MetadataCondition((Condition(name, comparison, value),))
                expected = {
                    key for key, metadata in LIBRARY.items() if matches(condition, metadata)
                }
                assert found(chunk_store, condition) == expected, (comparison, name, value)


@pytest.mark.not_on_opensearch
@pytest.mark.usefixtures("library")
def test_conditions_are_joined_by_and_or_or(chunk_store: ChunkStore) -> None:
    north, late = Condition("shelf", Comparison.CONTAINS, "north"), Condition("year", GREATER, 1600)
    fun = Condition("tags", IS, "fun")

    assert found(chunk_store, MetadataCondition((north, late))) == {"atlas"}
    assert found(chunk_store, MetadataCondition((north, fun))) == set()
    either = MetadataCondition((north, fun), match_all=False)
    assert found(chunk_store, either) == {"atlas", "bible", "comic", "fable"}
    assert found(chunk_store, MetadataCondition(())) == set(LIBRARY)
    assert found(chunk_store, MetadataCondition((), match_all=False)) == set(LIBRARY)


@pytest.mark.usefixtures("library")
def test_joined_conditions_are_joined_again(chunk_store: ChunkStore) -> None:
    north, late = Condition("shelf", Comparison.CONTAINS, "north"), Condition("year", GREATER, 1600)
    fun, draft = Condition("tags", IS, "fun"), Condition("draft", IS, "true")
    early = MetadataCondition((north, Condition("year", LESS, 1600)))
    for condition, expected in (
        (
            MetadataCondition((early, MetadataCondition((late, fun))), match_all=False),
            "bible comic",
        ),
        (
            MetadataCondition((late, MetadataCondition((draft, fun), match_all=False))),
            "atlas comic",
        ),
        (MetadataCondition((MetadataCondition((late,)), MetadataCondition((early,)))), ""),
        (MetadataCondition((MetadataCondition(()), early)), "bible"),
    ):
        assert found(chunk_store, condition) == set(expected.split())
        plainly = {name for name, metadata in LIBRARY.items() if matches(condition, metadata)}
        assert plainly == set(expected.split())


@pytest.mark.not_on_opensearch
def test_conditions_hold_beside_the_other_filters(
    chunk_store: ChunkStore, library: dict[str, DocumentFacts]
) -> None:
    elsewhere = make_document("globe", "b" * 32, metadata={"shelf": "north"})
    write(chunk_store, elsewhere, "tide")
    north = MetadataCondition((Condition("shelf", Comparison.STARTS_WITH, "north"),))

    assert found(chunk_store, north) == {"atlas", "bible"}
    chosen = (library["bible"].id, library["comic"].id, elsewhere.id)
    assert found(chunk_store, north, document_ids=chosen) == {"bible"}
    both = ask(chunk_store, "tide", DATASET, "b" * 32, condition=north)
    assert {hit.document_name for hit in both.hits} == {"atlas", "bible", "globe"}


@pytest.mark.on_postgresql
def test_metadata_is_what_was_put_last(chunk_store: ChunkStore) -> None:
    document = make_document("atlas", metadata={"shelf": "north", "year": 1999})
    write(chunk_store, document, "tide")

    chunk_store.put_document(
        DocumentFacts(document.id, DATASET, "atlas", metadata={"shelf": "south"})
    )

    south = MetadataCondition((Condition("shelf", IS, "south"), Condition("year", IS_NOT, 1999)))
    north = MetadataCondition((Condition("shelf", IS, "north"),))
    assert found(chunk_store, south) == {"atlas"}
    assert found(chunk_store, north) == set()


@pytest.mark.on_postgresql
@pytest.mark.parametrize(
    "value",
    [
        *("nul\0byte", "\U0001f30a wave", "a\nb\tc"),
        pytest.param(10**400, id="huge"),
        *(
            pytest.param(value, marks=pytest.mark.not_on_opensearch)
            for value in ("\0", "'--", 2**70, 1e300, 5e-324)
        ),
    ],
)
def test_unusual_values(chunk_store: ChunkStore, value: str | float) -> None:
    document = make_document("atlas", metadata={"it": value, "more": [value, "x"], "k\0'": "y"})
    write(chunk_store, document, "tide")
    write(chunk_store, make_document("other", metadata={"it": "nul", "more": ["", 5]}), "tide")

    for comparison in (IS, Comparison.CONTAINS, Comparison.STARTS_WITH, Comparison.ENDS_WITH):
        for name in ("it", "more"):
            condition = MetadataCondition((Condition(name, comparison, value),))
            assert found(chunk_store, condition) == {"atlas"}, comparison
    assert found(chunk_store, MetadataCondition((Condition("it", IS_NOT, value),))) == {"other"}
    assert found(chunk_store, MetadataCondition((Condition("k\0'", IS, "y"),))) == {"atlas"}


@pytest.mark.on_postgresql
def test_numbers_that_are_none_are_texts(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document("atlas", metadata={"it": "nan", "or": "inf"}), "tide")
    for name, text in (("it", "NaN"), ("or", "inf")):
        assert found(chunk_store, MetadataCondition((Condition(name, IS, text),))) == {"atlas"}
        assert found(chunk_store, MetadataCondition((Condition(name, GREATER, 0),))) == set()
