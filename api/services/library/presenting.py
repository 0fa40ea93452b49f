"""Documents and chunks as they go out, made of their rows.

JSON columns may come as texts, which go out unread.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from api.schemas.times import http_date, timestamps

DOCUMENT_COLUMNS = (
    "id",
    "dataset_id",
    "created_by",
    "name",
    "suffix",
    "type",
    "source_type",
    "size",
    "content_hash",
    "chunk_method",
    "parser_config",
    "meta_fields",
    "enabled",
    "chunk_count",
    "token_count",
    "run",
    "progress",
    "progress_msg",
    "process_begin_at",
    "process_duration",
    "create_time",
    "update_time",
)


def json_value(value: Any) -> Any:
    """Return a JSON column as it goes out."""
    return orjson.Fragment(value) if isinstance(value, str) else value


def document_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document."""
    shown = {
        **{name: row[name] for name in DOCUMENT_COLUMNS},
        **timestamps(row),
        "parser_config": json_value(row["parser_config"]),
        "meta_fields": json_value(row["meta_fields"]),
        "process_begin_at": http_date(row["process_begin_at"]) if row["process_begin_at"] else None,
        "status": "1" if row["enabled"] else "0",
        "location": row["name"],
        "thumbnail": "",
        "pipeline_id": "",
    }
    del shown["enabled"]
    return shown


def chunk_object(row: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chunk of a document."""
    made = row["create_time"] / 1000
    return {
        "id": row["id"],
        "content": row["content"],
        "document_id": document["id"],
        "dataset_id": document["dataset_id"],
        "docnm_kwd": document["name"],
        "document_name": document["name"],
        "important_keywords": json_value(row["important_keywords"]),
        "questions": json_value(row["questions"]),
        "image_id": row["image_id"],
        "available": bool(row["available"]),
        "source": row["source"],
        "positions": json_value(row["positions"]),
        "create_time": f"{datetime.fromtimestamp(made, UTC):%Y-%m-%d %H:%M:%S}",
        "create_timestamp": made,
    }


def raw_chunk(row: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chunk in the names of the search index, as clients read a single one."""
    made = row["create_time"] / 1000
    return {
        "id": row["id"],
        "content_with_weight": row["content"],
        "doc_id": document["id"],
        "kb_id": document["dataset_id"],
        "docnm_kwd": document["name"],
        "important_kwd": row["important_keywords"],
        "question_kwd": row["questions"],
        "tag_kwd": [],
        "img_id": row["image_id"],
        "available_int": int(row["available"]),
        "position_int": row["positions"],
        "create_time": f"{datetime.fromtimestamp(made, UTC):%Y-%m-%d %H:%M:%S}",
        "create_timestamp_flt": made,
    }
