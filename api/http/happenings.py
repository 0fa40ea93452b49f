"""What has happened by a request, for addresses that are told of it.

Pages are named here by what a success of theirs means, whichever door they are of. What is told is
queued before the answer goes out, so that who was answered finds it told.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Response, request

from api.http.admission import WHO
from api.http.auditing import account_of, given_values
from api.http.context import services
from api.http.current import this_request
from api.http.responses import JSON
from api.services.accounts.records import Principal
from api.services.webhooks.records import Happening

KEPT = ("name", "title", "role", "filename", "command", "model", "folder_id")
"""What is told of a thing, as its page shows it."""

LISTED = ("ids", "user_ids", "document_ids", "file_ids", "chat_ids")
"""What is told of many things, as the request names them."""

MOST_LISTED = 100
REPLAYED = "Idempotency-Replayed"
"""The header of an answer that was given before."""

LONGEST = 1 << 18
"""Bytes of an answer that is looked into."""


class Page(NamedTuple):
    """What a success of a page means: an event, about a kind of thing.

    `flag` is a field of the answer which says that it is `otherwise`. `key` is the field that has
    the id, where it is not `id`; with `is_new` the request does not have it.
    """

    event: str
    subject: str
    flag: str = ""
    otherwise: str = ""
    key: str = "id"
    is_new: bool = False


SIGN_IN = Page("auth.login", "user")
SIGN_OUT = Page("auth.logout", "user")
ACCOUNT = Page("user.created", "user")
CHANGED_ACCOUNT = Page("user.updated", "user")
DELETED_ACCOUNT = Page("user.deleted", "user")
REVOKED = Page("auth.sessions_revoked", "user")
ROLE = Page("user.role_updated", "user")
KEY, NO_KEY = Page("auth.api_key.created", "key"), Page("auth.api_key.deleted", "key")
SETTINGS = Page("config.updated", "config")
GROUP, CHANGED_GROUP = Page("group.created", "group"), Page("group.updated", "group")
NO_GROUP = Page("group.deleted", "group")
JOINED, LEFT = Page("group.member_added", "group"), Page("group.member_removed", "group")
BASE, CHANGED_BASE = Page("knowledge.created", "knowledge"), Page("knowledge.updated", "knowledge")
NO_BASE = Page("knowledge.deleted", "knowledge")
SHARED_BASE = Page("knowledge.access_updated", "knowledge")
FILE, RENAMED = Page("file.uploaded", "file"), Page("file.renamed", "file")
NO_FILE = Page("file.deleted", "file")
ADDED, REMOVED = (
    Page("knowledge.file.added", "knowledge"),
    Page("knowledge.file.removed", "knowledge"),
)
MODEL, CHANGED_MODEL = Page("model.created", "model"), Page("model.updated", "model")
NO_MODEL, SHARED_MODEL = Page("model.deleted", "model"), Page("model.access_updated", "model")
CHAT, CHANGED_CHAT = Page("chat.created", "chat"), Page("chat.updated", "chat")
COPIED = Page("chat.cloned", "chat")
FOLDER = Page("folder.updated", "folder")
PROMPT = Page("prompt.updated", "prompt")

PAGES: Mapping[str, Page] = {
    "console_file.rm": NO_FILE,
    "console_file.upload": FILE,
    "console_kb.create": BASE,
    "console_kb.rm": NO_BASE,
    "console_kb.update": CHANGED_BASE,
    "console_document.upload": ADDED,
    "console_document.rm": REMOVED,
    "console_dialog.rm": NO_MODEL,
    "console_system.new_token": KEY,
    "console_system.delete_token": NO_KEY,
    "console_user.login": SIGN_IN,
    "console_user.register": Page("auth.signup", "user"),
    "openwebui_admin_config.change": SETTINGS,
    "openwebui_auths.change_password": Page("auth.password_changed", "user"),
    "openwebui_auths.forget_key": NO_KEY,
    "openwebui_auths.new_key": KEY,
    "openwebui_auths.sign_in": SIGN_IN,
    "openwebui_auths.sign_out": SIGN_OUT,
    "openwebui_auths.sign_up": Page("auth.signup", "user"),
    "openwebui_channel_messages.post": Page("channel.message", "channel"),
    "openwebui_channels.change": Page("channel.updated", "channel"),
    "openwebui_channels.create": Page("channel.created", "channel"),
    "openwebui_channels.delete": Page("channel.deleted", "channel"),
    "openwebui_chat_copies.clone": COPIED,
    "openwebui_chat_copies.fork": COPIED,
    "openwebui_chat_copies.take_in": Page("chat.imported", "chat"),
    "openwebui_chat_shares.clone": COPIED,
    "openwebui_chat_shares.end": Page("chat.unshared", "chat"),
    "openwebui_chat_shares.share": Page("chat.shared", "chat"),
    "openwebui_chats.archive": Page("chat.archived", "chat", "archived", "chat.unarchived"),
    "openwebui_chats.change": CHANGED_CHAT,
    "openwebui_chats.create": CHAT,
    "openwebui_chats.delete": Page("chat.deleted", "chat"),
    "openwebui_chats.delete_all": Page("chat.deleted_all", "chat"),
    "openwebui_chats.pin": Page("chat.pinned", "chat", "pinned", "chat.unpinned"),
    "openwebui_completions.complete": Page("chat.created", "chat", key="chat_id", is_new=True),
    "openwebui_configs.set_banners": SETTINGS,
    "openwebui_configs.set_models": SETTINGS,
    "openwebui_configs.set_suggestions": SETTINGS,
    "openwebui_configs.set_visibility": SETTINGS,
    "openwebui_configs.take": Page("config.imported", "config"),
    "openwebui_entering.come_back": SIGN_IN,
    "openwebui_entering.enter_by_directory": SIGN_IN,
    "openwebui_evaluations.add": Page("feedback.created", "feedback"),
    "openwebui_evaluations.set_arena": SETTINGS,
    "openwebui_files.delete": NO_FILE,
    "openwebui_files.rename": RENAMED,
    "openwebui_files.upload": FILE,
    "openwebui_folders.change": FOLDER,
    "openwebui_folders.create": Page("folder.created", "folder"),
    "openwebui_folders.delete": Page("folder.deleted", "folder"),
    "openwebui_folders.move": FOLDER,
    "openwebui_functions.change": Page("function.updated", "function"),
    "openwebui_functions.create": Page("function.created", "function"),
    "openwebui_functions.delete": Page("function.deleted", "function"),
    "openwebui_groups.add_members": JOINED,
    "openwebui_groups.change": CHANGED_GROUP,
    "openwebui_groups.create": GROUP,
    "openwebui_groups.delete": NO_GROUP,
    "openwebui_groups.remove_members": LEFT,
    "openwebui_happenings.change": Page("config.webhook.updated", "config"),
    "openwebui_happenings.create": Page("config.webhook.updated", "config"),
    "openwebui_happenings.delete": Page("config.webhook.updated", "config"),
    "openwebui_knowledge.change": CHANGED_BASE,
    "openwebui_knowledge.create": BASE,
    "openwebui_knowledge.delete": NO_BASE,
    "openwebui_knowledge.reset": Page("knowledge.reset", "knowledge"),
    "openwebui_knowledge.set_access": SHARED_BASE,
    "openwebui_knowledge_files.add": ADDED,
    "openwebui_knowledge_files.add_many": ADDED,
    "openwebui_knowledge_files.remove": REMOVED,
    "openwebui_notes.create": Page("note.created", "note"),
    "openwebui_notes.delete": Page("note.deleted", "note"),
    "openwebui_prompts.change": PROMPT,
    "openwebui_prompts.change_named": PROMPT,
    "openwebui_prompts.create": Page("prompt.created", "prompt"),
    "openwebui_prompts.delete": Page("prompt.deleted", "prompt"),
    "openwebui_providers.set_ollama": Page("config.connections.updated", "config"),
    "openwebui_providers.set_openai": Page("config.connections.updated", "config"),
    "openwebui_python_tools.change": Page("tool.updated", "tool"),
    "openwebui_python_tools.create": Page("tool.created", "tool"),
    "openwebui_python_tools.delete": Page("tool.deleted", "tool"),
    "openwebui_retrieval_config.change": SETTINGS,
    "openwebui_sign_in_config.change_directory": SETTINGS,
    "openwebui_sign_in_config.change_directory_on": SETTINGS,
    "openwebui_sign_in_config.change_provider": SETTINGS,
    "openwebui_retrieval_config.change_embedding": SETTINGS,
    "openwebui_tool_servers.replace_servers": Page("config.tool_servers.updated", "config"),
    "openwebui_users.add": ACCOUNT,
    "openwebui_users.change": CHANGED_ACCOUNT,
    "openwebui_users.change_named_role": ROLE,
    "openwebui_users.change_role": ROLE,
    "openwebui_users.delete": DELETED_ACCOUNT,
    "openwebui_users.end_sessions": REVOKED,
    "openwebui_users.set_default_permissions": Page("user.permissions_updated", "config"),
    "openwebui_workspace.change": CHANGED_MODEL,
    "openwebui_workspace.create": MODEL,
    "openwebui_workspace.delete": NO_MODEL,
    "openwebui_workspace.set_access": SHARED_MODEL,
    "openwebui_writing.change_config": SETTINGS,
    "rest_auth.sign_in": SIGN_IN,
    "rest_auth.sign_out": SIGN_OUT,
    "rest_chats.create": MODEL,
    "rest_chats.delete": NO_MODEL,
    "rest_chats.delete_one": NO_MODEL,
    "rest_chats.patch": CHANGED_MODEL,
    "rest_chats.put": CHANGED_MODEL,
    "rest_datasets.create_dataset": BASE,
    "rest_datasets.delete_datasets": NO_BASE,
    "rest_datasets.update_dataset": CHANGED_BASE,
    "rest_documents.delete_documents": REMOVED,
    "rest_documents.upload_documents": ADDED,
    "rest_files.add": FILE,
    "rest_files.delete": NO_FILE,
    "rest_grants.set_of_chat": SHARED_MODEL,
    "rest_grants.set_of_dataset": SHARED_BASE,
    "rest_groups.add_members": JOINED,
    "rest_groups.change": CHANGED_GROUP,
    "rest_groups.create": GROUP,
    "rest_groups.delete": NO_GROUP,
    "rest_groups.remove_members": LEFT,
    "rest_groups.set_permissions": CHANGED_GROUP,
    "rest_operation.change": SETTINGS,
    "rest_operation.go_back": SETTINGS,
    "rest_people.change": CHANGED_ACCOUNT,
    "rest_people.create": ACCOUNT,
    "rest_people.delete": DELETED_ACCOUNT,
    "rest_people.end_sessions": REVOKED,
    "rest_system.create_token": KEY,
    "rest_system.revoke_token": NO_KEY,
    "scim_groups.create": GROUP,
    "scim_groups.delete": NO_GROUP,
    "scim_groups.patch": CHANGED_GROUP,
    "scim_groups.replace": CHANGED_GROUP,
    "scim_users.create": ACCOUNT,
    "scim_users.delete": DELETED_ACCOUNT,
    "scim_users.patch": CHANGED_ACCOUNT,
    "scim_users.replace": CHANGED_ACCOUNT,
    "web_entrance.enter_by_proxy": SIGN_IN,
    "web_entrance.enter_code": SIGN_IN,
    "web_entrance.sign_in": SIGN_IN,
    "web_entrance.sign_out": SIGN_OUT,
    "web_entrance.sign_up": Page("auth.signup", "user"),
}
"""By the page; of what is changed by several requests, those count that decide."""

ENTERING = frozenset({"auth.login", "auth.signup"})
"""What is told only where it is known who has come in."""


def tell_happenings(app: Flask) -> None:
    """Tell addresses of what happens by requests, before the answer goes out."""
    app.after_request(tell_of)


def tell_of(response: Response) -> Response:
    """Queue word of what a request has done, if anybody wants it."""
    page = PAGES.get(this_request().endpoint or "")
    if (
        page is None
        or response.status_code >= HTTPStatus.BAD_REQUEST
        or REPLAYED in response.headers
    ):
        return response
    happenings = services().webui.hooks.happenings
    if not happenings.is_wanted({page.event, page.otherwise}):
        return response
    happening = found_in(page, answer_of(response))
    if happening is not None:
        happenings.note(happening)
    return response


def found_in(page: Page, answer: Mapping[str, object]) -> Happening | None:
    """Return what has happened by a request; None where nothing has."""
    given = given_values()
    asked = given if isinstance(given, Mapping) else {}
    thing = thing_in(answer)
    if refused(answer):
        return None
    user_id = asker_in(thing if page.event in ENTERING else {})
    if page.event in ENTERING and answer and not user_id and account_of(given):
        user_id = services().accounts.accounts.user_id_of(account_of(given))
    if page.event in ENTERING and not user_id:
        return None
    thing_id = "" if page.is_new else named_in_path()
    thing_id = thing_id or text_of(thing, page.key) or text_of(asked, "id")
    if page.is_new and (asked.get("chat_id") or not thing_id):
        return None
    if page.subject == "user" and not thing_id:
        thing_id = user_id
    is_otherwise = page.flag and thing.get(page.flag) is False
    return Happening(
        page.otherwise if is_otherwise else page.event,
        page.subject,
        thing_id,
        user_id,
        source_of(request.endpoint or ""),
        told_of(asked, thing),
    )


def asker_in(thing: Mapping[str, object]) -> str:
    """Return who has asked; of a sign-in who has come in, as the answer has it."""
    who = request.environ.get(WHO)
    return who.user_id if isinstance(who, Principal) else text_of(thing, "id")


def answer_of(response: Response) -> Mapping[str, object]:
    """Return an answer that is a short object of JSON; an empty one for all else."""
    if response.is_streamed or response.mimetype not in {JSON, "application/scim+json"}:
        return {}
    if (response.content_length or 0) > LONGEST:
        return {}
    found = response.get_json(force=True, silent=True)
    return found if isinstance(found, Mapping) else {}


def refused(answer: Mapping[str, object]) -> bool:
    """Return whether an answer is an error within an envelope whose status is 200."""
    return isinstance(answer.get("code"), int) and answer["code"] != 0 and "message" in answer


def thing_in(answer: Mapping[str, object]) -> Mapping[str, object]:
    """Return the thing that an answer shows, in an envelope or not."""
    found = answer.get("data") if "code" in answer else answer
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, Mapping) else {}


def named_in_path() -> str:
    """Return the id of what the path of a request names first; keys are not told."""
    for name, value in (request.view_args or {}).items():
        if name.endswith("_id"):
            return str(value)
    return ""


def text_of(thing: Mapping[str, object], name: str) -> str:
    """Return a field that is a text; empty for all else."""
    found = thing.get(name)
    return found if isinstance(found, str) else ""


def told_of(asked: Mapping[str, object], thing: Mapping[str, object]) -> dict[str, object]:
    """Return what is told of a thing: of the answer, and which things a request has named."""
    found: dict[str, object] = {name: text_of(thing, name) for name in KEPT if text_of(thing, name)}
    for name in LISTED:
        ids = asked.get(name)
        if isinstance(ids, list):
            found[name] = [str(one)[:64] for one in ids[:MOST_LISTED]]
    return found


def source_of(endpoint: str) -> str:
    """Return by which door something has happened."""
    return endpoint.partition("_")[0]
