"""RAGFlow's published front end, from signing up to an answer with its source.

Each step is a call as a page makes it: that address, these fields and no others, and the token as
the sign-in gave it. Of each answer is looked at what the page reads; `Reads` has the types.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import AuthSettings, Settings
from tests.functional.console.sealing import PHRASE, sealed, write_key
from tests.functional.ingesting import Site

pytestmark = pytest.mark.databases("sqlite")

PASSWORD = "a lamp in the window"
NIA = {"nickname": "Nia", "email": "nia@example.org"}
PAGED = {"page": "1", "page_size": "50", "keywords": ""}
TEXT = b"The keeper lights the lamp at dusk, and trims it every hour until the morning.\n"
QUESTION = "When does the keeper light the lamp?"
TALK = "0123456789abcdef0123456789abcdef"

Reads = Mapping[str, type | tuple[type, ...]]

NUMBER = (int, float)
CARD: Reads = {**dict.fromkeys(("id", "name", "nickname", "tenant_id"), str), "update_time": int}
DOC: Reads = {
    **dict.fromkeys(("id", "kb_id", "name", "create_date", "run", "progress_msg"), str),
    **dict.fromkeys(("status", "suffix", "type", "source_type", "parser_id", "nickname"), str),
    **dict.fromkeys(("pipeline_id", "pipeline_name"), str),
    **dict.fromkeys(("create_time", "chunk_num", "size"), int),
    **dict.fromkeys(("progress", "process_duration"), NUMBER),
    **dict.fromkeys(("parser_config", "meta_fields"), dict),
}
DETAIL: Reads = {
    **dict.fromkeys(("id", "name", "permission", "embd_id", "parser_id", "pipeline_id"), str),
    **dict.fromkeys(("doc_num", "chunk_num", "size", "create_time", "pagerank"), int),
    **dict.fromkeys(("avatar", "description"), type(None)),
    "parser_config": dict,
}
CHUNK: Reads = {
    **dict.fromkeys(("chunk_id", "content_with_weight", "image_id"), str),
    "available_int": int,
    "positions": list,
}
EDITED: Reads = {
    "content_with_weight": str,
    "available_int": int,
    **dict.fromkeys(("important_kwd", "question_kwd", "tag_kwd"), list),
    "tag_feas": dict,
}
DIALOG: Reads = {
    **dict.fromkeys(("id", "name", "icon", "llm_id", "rerank_id"), str),
    **dict.fromkeys(("prompt_config", "llm_setting", "meta_data_filter"), dict),
    **dict.fromkeys(("similarity_threshold", "vector_similarity_weight"), NUMBER),
    **dict.fromkeys(("top_n", "top_k", "update_time"), int),
    "kb_ids": list,
}
PROMPT: Reads = {
    **dict.fromkeys(("quote", "keyword", "tts", "refine_multiturn", "use_kg"), bool),
    **dict.fromkeys(("system", "prologue"), str),
    "parameters": list,
}
CITED: Reads = {
    **dict.fromkeys(("id", "content", "document_id", "document_name", "dataset_id"), str),
    **dict.fromkeys(("image_id", "doc_type"), str),
    "positions": list,
}
DIALOG_KEEPS = {"id", "nickname", "tenant_avatar", "operator_permission"}


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    key = str(write_key(tmp_path / "private.pem"))
    auth = AuthSettings(sign_up="on", password_key=key, password_key_phrase=PHRASE)
    return settings.model_copy(update={"auth": auth})


def read(shown: Mapping[str, Any], fields: Reads) -> None:
    """See that an object has what a page reads of it."""
    wrong = {name: shown.get(name, "absent") for name in fields if not fits(shown, name, fields)}
    assert not wrong


def fits(shown: Mapping[str, Any], name: str, fields: Reads) -> bool:
    """Return whether a field is there and of its type; whole numbers are no flags."""
    kinds = fields[name] if isinstance(fields[name], tuple) else (fields[name],)
    return name in shown and type(shown[name]) in kinds  # type: ignore[operator]  # a tuple by now


@dataclass
class FrontEnd:
    """A browser with the page: its cookies, and the token that it was given."""

    browser: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> Any:
        """Return the data of a call."""
        answer = self.browser.get(f"/v1/{path}", query_string=query, headers=self.headers)
        return self.data_of(answer)

    def post(self, path: str, body: Any, **query: Any) -> Any:
        """Return the data of a call with JSON."""
        address = {"query_string": query, "headers": self.headers}
        return self.data_of(self.browser.post(f"/v1/{path}", json=body, **address))

    @staticmethod
    def data_of(answer: TestResponse) -> Any:
        """Return the data, of which the page wants nothing but code 0 and a text beside it."""
        assert answer.status_code == 200, answer.text
        body = answer.get_json()
        assert body["code"] == 0, body
        assert isinstance(body["message"], str)
        return body["data"]

    def sign_in(self) -> None:
        """Sign up and in, and keep what the page keeps."""
        self.post("user/register", NIA | {"password": sealed(PASSWORD)})
        body = {"email": NIA["email"], "password": sealed(PASSWORD)}
        answer = self.browser.post("/v1/user/login", json=body)
        read(
            self.data_of(answer),
            dict.fromkeys(("access_token", "nickname", "email", "avatar"), str),
        )
        self.headers["Authorization"] = answer.headers["Authorization"]


@pytest.fixture
def page(app: Flask) -> FrontEnd:
    return FrontEnd(app.test_client())


def test_from_sign_in_to_a_cited_answer(page: FrontEnd, site: Site) -> None:
    read(page.get("system/config"), {"registerEnabled": int})
    assert page.get("user/login/channels") == []
    page.sign_in()
    model = header_and_home(page)
    dataset = make_dataset(page, model)
    document = files(page, site, dataset)
    settings_of(page, dataset)
    retrieval(page, dataset, document)
    chunks(page, dataset, document)
    dialog = assistant(page, dataset, document)
    conversation(page, dialog, document)


def header_and_home(page: FrontEnd) -> str:
    """Open the page after the sign-in; return the model that new datasets get."""
    info = dict.fromkeys(("id", "nickname", "email", "language", "timezone"), str)
    read(page.get("user/info"), {**info, "avatar": str})
    tenant = page.get("user/tenant_info")
    names = ("tenant_id", "name", "role", "llm_id", "embd_id", "img2txt_id", "asr_id", "rerank_id")
    read(tenant, dict.fromkeys((*names, "tts_id", "parser_ids"), str))
    assert tenant["llm_id"]
    assert "naive:General" in tenant["parser_ids"].split(",")
    assert isinstance(page.get("tenant/list"), list)
    page.post("user/setting", {"language": "English"})
    assert isinstance(page.get("system/version"), str)
    assert page.post("kb/list", {}, **PAGED) == {"kbs": [], "total": 0}
    assert page.post("dialog/next", {}, **PAGED) == {"dialogs": [], "total": 0}
    models = [
        f"{model['llm_name']}@{model['fid']}"
        for provider in page.get("llm/list").values()
        for model in provider
        if model["model_type"] == "embedding" and model["available"]
    ]
    assert tenant["embd_id"] in models
    return str(tenant["embd_id"])


def make_dataset(page: FrontEnd, model: str) -> str:
    """Make a dataset, find it in the list and open it."""
    body = {"name": "tides", "embd_id": model, "parser_id": "naive", "pipeline_id": ""}
    dataset = page.post("kb/create", body | {"parse_type": 1})["kb_id"]
    [card] = page.post("kb/list", {}, **PAGED)["kbs"]
    read(card, {**CARD, "doc_num": int})
    read(page.get("kb/detail", kb_id=dataset), DETAIL)
    read(page.get(f"kb/{dataset}/knowledge_graph"), {"graph": dict, "mind_map": dict})
    return str(dataset)


def files(page: FrontEnd, site: Site, dataset: str) -> str:
    """Upload a file, parse it, and do all that its row offers; return its id."""
    form = {"kb_id": dataset, "file": (BytesIO(TEXT), "lamp.txt")}
    address = "/v1/document/upload"
    sent = page.browser.post(address, data=form, headers=page.headers)
    document = page.data_of(sent)[0]["id"]
    assert row(page, dataset)["run"] == "0"
    filters = page.post("document/filter", {"kb_id": dataset, "keywords": ""})["filter"]
    assert filters == {"suffix": {"txt": 1}, "run_status": {"0": 1}}
    page.post("document/run", {"doc_ids": [document], "run": 1, "delete": False})
    assert row(page, dataset)["run"] == "1"
    site.work()
    assert (row(page, dataset)["run"], row(page, dataset)["progress"]) == ("3", 1)
    for status in (0, 1):
        page.post("document/change_status", {"doc_ids": [document], "status": status})
        assert row(page, dataset)["status"] == str(status)
    page.post("document/rename", {"doc_id": document, "name": "lamps.txt"})
    page.post("document/set_meta", {"doc_id": document, "meta": '{"place": "north"}'})
    shown = row(page, dataset)
    assert (shown["name"], shown["meta_fields"]) == ("lamps.txt", {"place": "north"})
    for trace in ("trace_graphrag", "trace_raptor"):
        assert "progress" not in page.get(f"kb/{trace}", kb_id=dataset)
    counts = dict.fromkeys(("processing", "finished", "failed", "cancelled", "downloaded"), int)
    read(page.get("kb/basic_info", kb_id=dataset), counts)
    return str(document)


def row(page: FrontEnd, dataset: str) -> dict[str, Any]:
    """Return the row of the one document in the table, which is asked for every five seconds."""
    listed = page.post("document/list", {}, kb_id=dataset, **PAGED)
    [shown] = listed["docs"]
    read(shown, DOC)
    assert listed["total"] == 1
    found: dict[str, Any] = shown
    return found


def settings_of(page: FrontEnd, dataset: str) -> None:
    """Save the form of the settings, which sets two options whenever it is opened."""
    shown = page.get("kb/detail", kb_id=dataset)
    options = shown["parser_config"]
    read(options, {"layout_recognize": str, "chunk_token_num": int, "html4excel": bool})
    options["raptor"] = {**options.get("raptor", {}), "use_raptor": True}
    options["graphrag"] = {**options.get("graphrag", {}), "use_graphrag": True}
    names = ("name", "avatar", "permission", "embd_id", "parser_id", "pipeline_id", "pagerank")
    body = {name: shown[name] for name in names}
    body |= {"kb_id": dataset, "description": "  ", "connectors": [], "parser_config": options}
    page.post("kb/update", body | {"pagerank": 3})
    again = page.get("kb/detail", kb_id=dataset)
    read(again, DETAIL)
    assert (again["pagerank"], again["parser_config"]) == (3, options)


def retrieval(page: FrontEnd, dataset: str, document: str) -> None:
    """Test the retrieval by the form as it begins."""
    body = {
        "kb_id": dataset,
        "question": QUESTION,
        "similarity_threshold": 0.2,
        "vector_similarity_weight": 0.3,
        "top_k": 1024,
        "use_kg": False,
        "page": 1,
        "size": 10,
    }
    found = page.post("chunk/retrieval_test", body)
    [hit] = found["chunks"]
    scores = dict.fromkeys(("similarity", "term_similarity", "vector_similarity"), float)
    read(hit, {"chunk_id": str, "content_with_weight": str, **scores})
    told = [{"doc_id": document, "doc_name": "lamps.txt", "count": 1}]
    assert (found["doc_aggs"], found["total"]) == (told, 1)


def chunks(page: FrontEnd, dataset: str, document: str) -> None:
    """Look at the chunks of the file, edit one, add one and take it away again."""
    asked = {"doc_id": document, "page": 1, "size": 50, "keywords": ""}
    listed = page.post("chunk/list", asked)
    read(listed["doc"], {**dict.fromkeys(("name", "type", "create_date"), str), "size": int})
    assert listed["doc"]["parser_id"] == "naive"
    [chunk] = listed["chunks"]
    read(chunk, CHUNK)
    shown = page.get("chunk/get", chunk_id=chunk["chunk_id"])
    read(shown, EDITED)
    named = {"doc_id": document, "chunk_id": chunk["chunk_id"], "available_int": 1}
    page.post("chunk/set", shown | named | {"important_kwd": ["lighthouse"], "tag_feas": {}})
    text = {"doc_id": document, "content_with_weight": "The lamp burns oil.", "available_int": 0}
    nothing = {"important_kwd": [], "question_kwd": [], "tag_kwd": [], "tag_feas": {}}
    page.post("chunk/create", text | nothing)
    added = page.post("chunk/list", asked)["chunks"][-1]["chunk_id"]
    for available in (0, 1):
        switch = {"chunk_ids": [added], "available_int": available, "doc_id": document}
        page.post("chunk/switch", switch)
        shown_ones = page.post("chunk/list", asked | {"available_int": available})["chunks"]
        assert added in {one["chunk_id"] for one in shown_ones}
    page.post("chunk/rm", {"chunk_ids": [added], "doc_id": document})
    kept = page.get("chunk/get", chunk_id=chunk["chunk_id"])
    assert (kept["important_kwd"], kept["available_int"]) == (["lighthouse"], 1)
    viewed = page.browser.get(f"/v1/document/get/{document}")  # as a viewer asks: by the cookie
    assert (viewed.status_code, viewed.data) == (200, TEXT)
    assert page.get("kb/tags", kb_ids=dataset) == []


def assistant(page: FrontEnd, dataset: str, document: str) -> str:
    """Make an assistant, and give it the dataset in its settings; return its id."""
    prompt = {
        "empty_response": "",
        "prologue": "Good evening.",
        "quote": True,
        "keyword": False,
        "tts": False,
        "system": "Answer from this.\n{knowledge}",
        "refine_multiturn": False,
        "use_kg": False,
        "reasoning": False,
        "parameters": [{"key": "knowledge", "optional": False}],
        "toc_enhance": False,
    }
    made = {
        "name": "guide",
        "icon": "",
        "language": "English",
        "description": "",
        "prompt_config": prompt,
        "llm_id": page.get("user/tenant_info")["llm_id"],
        "llm_setting": {},
        "similarity_threshold": 0.2,
        "vector_similarity_weight": 0.3,
        "top_n": 8,
    }
    page.post("dialog/set", made)
    [card] = page.post("dialog/next", {}, **PAGED)["dialogs"]
    assert card["prompt_config"]["prologue"] == "Good evening."
    shown = page.get("dialog/get", dialog_id=card["id"])
    read(shown, DIALOG)
    read(shown["prompt_config"], PROMPT)
    [offered] = page.post("kb/list", {})["kbs"]
    assert (offered["id"], offered["chunk_num"], offered["parser_id"]) == (dataset, 1, "naive")
    assert page.get("kb/get_meta", kb_ids=dataset) == {"place": {"north": [document]}}
    sent = {name: value for name, value in shown.items() if name not in DIALOG_KEEPS}
    page.post("dialog/set", sent | {"dialog_id": card["id"], "kb_ids": [dataset]})
    assert page.get("dialog/get", dialog_id=card["id"])["kb_ids"] == [dataset]
    return str(card["id"])


def conversation(page: FrontEnd, dialog: str, document: str) -> None:
    """Begin a conversation, ask, and look at the answer with its source."""
    assert page.get("conversation/list", dialog_id=dialog) == []
    first = {"role": "assistant", "content": QUESTION}
    body = {"dialog_id": dialog, "name": QUESTION, "is_new": True, "conversation_id": TALK}
    begun = page.post("conversation/set", body | {"message": [first]})
    assert begun["id"] == TALK
    assert [said["content"] for said in begun["message"]] == ["Good evening."]
    asked = {"id": "6b7ad26b-74dc-4c57-9d5a-3c4a4cb0fdf1", "role": "user", "content": QUESTION}
    said = [*begun["message"], asked | {"doc_ids": []}]
    *frames, last, end = stream(page, {"conversation_id": TALK, "messages": said})
    assert end["data"] is True
    assert {frame["data"]["id"] for frame in (*frames, last)} == {asked["id"]}
    texts = [frame["data"]["answer"] for frame in (*frames, last)]
    assert all(later.startswith(text) for text, later in pairwise(texts[:-1]))
    answer = last["data"]
    read(answer, {"answer": str, "prompt": str, "reference": dict})
    assert "[ID:0]" in answer["answer"]
    cited = answer["reference"]["chunks"][0]
    read(cited, CITED)
    assert "at dusk" in cited["content"]
    named = {one["doc_id"]: one["doc_name"] for one in answer["reference"]["doc_aggs"]}
    assert named == {cited["document_id"]: "lamps.txt"} == {document: "lamps.txt"}
    after_the_answer(page, dialog, answer, document, asked["id"])


def stream(page: FrontEnd, body: Any) -> list[dict[str, Any]]:
    """Return the frames of an answer."""
    answer = page.browser.post("/v1/conversation/completion", json=body, headers=page.headers)
    assert answer.content_type.startswith("text/event-stream")
    lines = answer.text.split("\n\n")
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]


def after_the_answer(
    page: FrontEnd, dialog: str, answer: Mapping[str, Any], document: str, question: str
) -> None:
    """Read the conversation again, and do what the page offers below an answer."""
    [listed] = page.get("conversation/list", dialog_id=dialog)
    assert (listed["id"], listed["name"]) == (TALK, QUESTION)
    shown = page.get("conversation/get", conversation_id=TALK)
    assert [said["role"] for said in shown["message"]] == ["assistant", "user", "assistant"]
    for said in shown["message"]:
        read(said, {**dict.fromkeys(("role", "content", "id", "prompt"), str), "doc_ids": list})
    assert shown["message"][-1]["content"] == answer["answer"]
    assert shown["reference"] == [answer["reference"]]
    pictures = page.get("document/thumbnails", doc_ids=[document])
    assert {name: type(picture) for name, picture in pictures.items()} == {document: str}
    [info] = page.post("document/infos", {"doc_ids": [document]})
    read(info, {"id": str, "name": str, "size": int})
    judged = {"conversation_id": TALK, "message_id": question, "thumbup": True}
    page.post("conversation/thumbup", judged)
    page.post("conversation/delete_msg", {"conversation_id": TALK, "message_id": question})
    assert len(page.get("conversation/get", conversation_id=TALK)["message"]) == 1
    page.post("conversation/rm", {"conversation_ids": [TALK], "dialog_id": dialog})
    assert page.get("conversation/list", dialog_id=dialog) == []
    assert page.get("user/logout") is True
    over = page.browser.get("/v1/user/info", headers=page.headers)
    assert (over.status_code, over.get_json()["code"]) == (200, 401)
