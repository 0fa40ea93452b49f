"""Every deviation that `docs/compatibility.md` lists is held by a test that is there."""

import re

import pytest

from api.config.places import CHECKOUT

SDK = "functional/sdk/test_"

HELD = {
    "HTTP status": (f"{SDK}datasets.py", "test_a_name_that_no_dataset_has_is_refused"),
    "Missing key": ("functional/console/test_keys.py", "test_a_missing_key_is_refused"),
    "Messages": ("functional/test_envelope.py", "test_a_defect_is_told_without_a_word"),
    "Empty segments": ("functional/test_envelope.py", "test_an_address_with_an_empty_segment"),
    "Deleting everything": (f"{SDK}contract_rules.py", "test_a_deletion_that_says_nothing"),
    "Ids of datasets": (f"{SDK}datasets.py", "test_an_unknown_id_of_any_version"),
    "Empty texts": (f"{SDK}dataset_changes.py", "test_a_change_touches_only_what_is_given"),
    "`pagerank`": (f"{SDK}ranks_and_metadata.py", "test_a_rank_is_kept_and_shown"),
    "`parser_config` of a document": (f"{SDK}documents.py", "test_parser_options_merge"),
    "Parsing again": (f"{SDK}kept_chunks.py", "test_what_people_made_is_kept"),
    "`parent_path` of an upload": (f"{SDK}upload.py", "test_the_folder_of_an_upload_is_kept"),
    "Repeated content": (f"{SDK}chunks.py", "test_repeated_content_makes_another_chunk"),
    "Tags and pictures of chunks": (f"{SDK}contract_rules.py", "test_tags_and_pictures"),
    "Pages of the web": (f"{SDK}web_pages.py", "test_a_page_is_kept_as_its_server_sends_it"),
    "Tag sets": ("functional/test_enriching.py", "test_tag_sets_tag_the_chunks"),
    "Files": ("functional/test_file_links.py", "test_one_unknown_id_deletes_nothing"),
    "Vector alone": ("contract/test_chunk_store_search.py", "test_a_chunk_is_found_by_its_vector"),
    "Exact ranking": (
        "contract/test_chunk_store_exactness.py",
        "test_whatever_changes",
    ),
    "Weights": (f"{SDK}retrieval.py", "test_weights_are_clamped"),
    "Repeated passages": (f"{SDK}duplicates.py", "test_a_search_shows_the_passage_once"),
    "Tokens": (f"{SDK}retrieval.py", "test_no_chunk_has_one_when_not"),
    "Rerank models": (f"{SDK}reranking.py", "test_a_search_is_ranked_by_the_model"),
    "Bundled model": ("functional/test_model_names.py", "test_datasets_by_all_names"),
    "`keywords_similarity_weight`": (f"{SDK}chats.py", "test_the_later_names_are_understood"),
    "Empty parts": (f"{SDK}contract_rules.py", "test_parts_that_say_nothing"),
    "`dataset_ids` that is no list": (f"{SDK}chats.py", "test_what_an_assistant_cannot_be"),
    "Default texts": (f"{SDK}chats.py", "test_an_assistant_carries_the_classic"),
    "OpenAI's form": (f"{SDK}openai.py", "test_who_says_nothing_of_a_stream"),
    "Signs of life": ("service/test_signs.py", "test_a_stream_says_that_it_goes_on"),
    "Lists": (f"{SDK}datasets.py", "test_bad_queries_are_refused"),
    "Unknown addresses": (f"{SDK}tokens.py", "test_a_wrong_password_and_an_unknown_address"),
    "API keys": ("functional/console/test_keys.py", "test_a_key_is_shown_once"),
    "Refusals to bots": ("functional/bots/test_bots.py", "test_a_key_opens_no_bot"),
    "Fields for what is not built": (f"{SDK}contract_rules.py", "test_options_that_are_not_built"),
    "Table of contents": (f"{SDK}preview.py", "test_headings_and_neighbours_of_tables"),
    "Options of parsing": (f"{SDK}contract_rules.py", "test_options_of_parsing_are_kept"),
    "Chunk methods": (
        "unit/rag/chunking/test_methods.py",
        "test_other_methods_are_refused",
    ),
    "Addresses of what is not built": (f"{SDK}absent.py", "test_what_is_not_built_says_so"),
}
"""The beginning of the name of the test that holds a deviation, and where that is."""


def test_every_deviation_is_held_by_a_test() -> None:
    page = (CHECKOUT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \*\*(.+?)\*\* \|", page, re.MULTILINE) == list(HELD)


@pytest.mark.parametrize(("place", "name"), HELD.values(), ids=HELD)
def test_the_test_of_a_deviation_is_there(place: str, name: str) -> None:
    assert f"def {name}" in (CHECKOUT / "tests" / place).read_text(encoding="utf-8")
