"""Every call that RAGFlow's published front end makes has a page, which answers or refuses."""

import pytest
from flask import Flask

from api.apps.door import DOOR

CALLS = """
GET user/info  GET user/tenant_info  GET tenant/list  POST user/setting  GET system/config
GET user/login/channels  GET user/login/github  POST user/register  POST user/login
GET user/logout  GET system/version  POST user/set_tenant_info

POST kb/list  POST kb/create  POST kb/update  POST kb/rm  GET kb/detail  GET kb/ID/knowledge_graph
GET kb/trace_graphrag  GET kb/trace_raptor  POST kb/run_graphrag  POST kb/run_raptor
DELETE kb/unbind_task  POST kb/check_embedding  GET kb/ID/tags  POST kb/ID/rm_tags
POST kb/ID/rename_tag  GET kb/tags  GET kb/get_meta  GET kb/basic_info  POST kb/list_pipeline_logs
POST kb/list_pipeline_dataset_logs

POST document/list  POST document/filter  POST document/upload  POST document/run
POST document/change_status  POST document/rename  POST document/rm  POST document/create
POST document/change_parser  POST document/set_meta  GET document/get/ID  GET document/image/ID
GET document/thumbnails  POST document/infos  POST document/upload_and_parse

POST chunk/list  GET chunk/get  POST chunk/set  POST chunk/create  POST chunk/switch  POST chunk/rm
POST chunk/retrieval_test

POST dialog/next  POST dialog/set  POST dialog/rm  GET dialog/get

GET conversation/list  GET conversation/get  POST conversation/set  POST conversation/completion
POST conversation/thumbup  POST conversation/delete_msg  POST conversation/rm
POST conversation/tts  GET conversation/getsse/ID  POST conversation/ask
POST conversation/related_questions  POST conversation/mindmap

POST search/list  POST search/create  POST search/rm  GET search/detail  POST search/update

GET file/list  POST file/upload  POST file/create  POST file/rename  POST file/rm  POST file/mv
GET file/all_parent_folder  POST file2document/convert  GET file/get/ID

GET llm/list  GET llm/factories  GET llm/my_llms  POST llm/add_llm  POST llm/set_api_key
POST llm/delete_llm  POST llm/delete_factory  POST llm/enable_llm

GET system/token_list  POST system/new_token  DELETE system/token/ID
GET langfuse/api_key  PUT langfuse/api_key  DELETE langfuse/api_key
GET tenant/ID/user/list  POST tenant/ID/user  DELETE tenant/ID/user/ID  PUT tenant/agree/ID

GET canvas/list  PUT canvas/cancel/ID  GET connector/list  PUT connector/ID/rebuild
POST mcp_server/list  GET plugin/llm_tools
"""
"""By page: signing in and the header, datasets, their files, chunks, assistants, conversations,
search apps, the file manager, models, keys and teams, and what is refused."""

SHARED = """
GET chatbots/ID/info  POST chatbots/ID/completions  GET searchbots/detail  POST searchbots/ask
POST searchbots/retrieval_test  POST searchbots/related_questions  POST searchbots/mindmap
"""
"""What pages ask that are shown to anybody, below `/api/v1`."""


@pytest.mark.parametrize(("prefix", "calls"), [(DOOR.prefix, CALLS), ("/api/v1", SHARED)])
def test_every_call_has_a_page_of_its_own(pages: Flask, prefix: str, calls: str) -> None:
    words = calls.split()
    adapter = pages.url_map.bind("localhost")
    for method, path in zip(words[::2], words[1::2], strict=True):
        address = f"{prefix}/{path.replace('ID', '0' * 32)}"
        assert adapter.test(address, method), f"{method} {address}"
