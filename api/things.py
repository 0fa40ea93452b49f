"""The kinds of things that people keep here, and that errors are about."""

from enum import StrEnum


class Kind(StrEnum):
    """What kind of thing an error is about."""

    ACCOUNT = "account"
    ADDRESS = "address"
    BATCH = "batch"
    CHANNEL = "channel"
    CHAT = "chat"
    CHUNK = "chunk"
    DATASET = "dataset"
    DOCUMENT = "document"
    FILE = "file"
    FOLDER = "folder"
    GROUP = "group"
    IMAGE = "image"
    INVITATION = "invitation"
    KEY = "API key"
    MEMBER = "member"
    MESSAGE = "message"
    MODEL = "model"
    RESOURCE_TYPE = "resource type"
    RESPONSE = "response"
    SCHEMA = "schema"
    SEARCH_APP = "search app"
    SESSION = "session"
    SHARE = "share"
    TASK = "task"
    TENANT = "tenant"
    VERSION = "version"
