"""What RAGFlow's own pages read of accounts, teams, keys and models, held as a table."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.conftest import Member
from tests.functional.library import data_of

pytestmark = pytest.mark.databases("sqlite")

Fields = Mapping[str, type]

ONE: Mapping[str, Fields] = {
    "/v1/user/info": {
        **dict.fromkeys(("id", "email", "nickname", "avatar", "language", "timezone"), str)
    },
    "/v1/user/tenant_info": {
        **dict.fromkeys(("tenant_id", "name", "role", "llm_id", "embd_id", "parser_ids"), str),
        **dict.fromkeys(("img2txt_id", "asr_id", "rerank_id", "tts_id"), str),
    },
    "/v1/system/config": {"registerEnabled": int},
    "/v1/canvas/list": {"canvas": list, "total": int},
    "/v1/llm/my_llms": {"Builtin": dict},
}

MANY: Mapping[str, Fields] = {
    "/v1/tenant/list": dict.fromkeys(
        ("role", "tenant_id", "nickname", "email", "update_date", "avatar"), str
    ),
    "/v1/tenant/{tenant}/user/list": dict.fromkeys(
        ("user_id", "nickname", "email", "role", "update_date", "avatar"), str
    ),
    "/v1/system/token_list": dict.fromkeys(("token", "create_date", "beta"), str),
    "/v1/llm/factories": dict.fromkeys(("name", "tags", "logo"), str),
}

USED_MODEL: Fields = {"name": str, "type": str, "status": str, "used_token": int}
LISTED_MODEL: Fields = {
    **dict.fromkeys(("llm_name", "fid", "model_type", "status", "tags"), str),
    "available": bool,
    "is_tools": bool,
}

NEVER_EMPTY = ("llm_id", "embd_id", "parser_ids", "timezone", "tenant_id", "tags")


def check(shown: Mapping[str, Any], fields: Fields) -> None:
    """Check the fields of an object that a page reads, and their types."""
    for name, kind in fields.items():
        assert type(shown[name]) is kind, name
        assert shown[name] or name not in NEVER_EMPTY, name


@pytest.mark.parametrize("path", ONE)
def test_an_object_has_the_fields_that_its_page_reads(console: FlaskClient, path: str) -> None:
    check(data_of(console.get(path)), ONE[path])


@pytest.mark.parametrize("path", MANY)
def test_each_row_of_a_list_has_the_fields_that_its_page_reads(
    console: FlaskClient, member: Member, path: str
) -> None:
    rows = data_of(console.get(path.format(tenant=member.account.id)))
    assert rows
    for row in rows:
        check(row, MANY[path])


def test_models_have_the_fields_that_their_pages_read(console: FlaskClient) -> None:
    used = data_of(console.get("/v1/llm/my_llms"))
    for provider in used.values():
        check(provider, {"tags": str, "llm": list})
        for model in provider["llm"]:
            check(model, USED_MODEL)
    kinds = set()
    for models in data_of(console.get("/v1/llm/list")).values():
        for model in models:
            check(model, LISTED_MODEL)
            kinds.add(model["model_type"])
    assert kinds == {"chat", "embedding", "rerank"}
