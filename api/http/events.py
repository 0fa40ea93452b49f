"""Which pages decide who may do what: what they do is in the audit log, whatever its level."""

from collections.abc import Mapping
from functools import lru_cache

from api.http.scopes import SAFE
from api.services.auditing.records import Kind

PAGES: Mapping[str, Kind] = {
    "console_api": Kind.KEYS,
    "console_llm": Kind.MODELS,
    "console_system": Kind.KEYS,
    "console_tenant": Kind.PERMISSIONS,
    "console_user": Kind.SIGN_IN,
    "openwebui_admin_config": Kind.SETTINGS,
    "openwebui_auths": Kind.SIGN_IN,
    "openwebui_configs": Kind.SETTINGS,
    "openwebui_entering": Kind.SIGN_IN,
    "openwebui_channel_webhooks": Kind.KEYS,
    "openwebui_groups": Kind.PERMISSIONS,
    "openwebui_happenings": Kind.SETTINGS,
    "openwebui_providers": Kind.MODELS,
    "openwebui_retrieval_config": Kind.SETTINGS,
    "openwebui_sign_in_config": Kind.SETTINGS,
    "openwebui_functions": Kind.SETTINGS,
    "openwebui_python_tools": Kind.SETTINGS,
    "openwebui_tool_servers": Kind.SETTINGS,
    "openwebui_users": Kind.PEOPLE,
    "rest_auth": Kind.SIGN_IN,
    "rest_grants": Kind.PERMISSIONS,
    "rest_groups": Kind.PERMISSIONS,
    "rest_models": Kind.MODELS,
    "rest_operation": Kind.SETTINGS,
    "rest_people": Kind.PEOPLE,
    "rest_second_factor": Kind.PEOPLE,
    "rest_shares": Kind.SHARING,
    "rest_system": Kind.KEYS,
    "rest_tenants": Kind.PERMISSIONS,
    "scim_groups": Kind.PERMISSIONS,
    "scim_users": Kind.PEOPLE,
    "oauth_logout": Kind.SIGN_IN,
    "web_entrance": Kind.SIGN_IN,
}
"""By the page: what a change by it is about."""

VIEWS: Mapping[str, Kind | None] = {
    "console_user.channel_callback": Kind.SIGN_IN,
    "console_user.logout": Kind.SIGN_IN,
    "console_user.set_tenant_info": Kind.MODELS,
    "console_user.setting": Kind.PEOPLE,
    "openwebui_audio.change_config": Kind.SETTINGS,
    "openwebui_images.change_config": Kind.SETTINGS,
    "openwebui_auths.change_profile": None,
    "openwebui_auths.change_timezone": None,
    "openwebui_auths.forget_key": Kind.KEYS,
    "openwebui_auths.new_key": Kind.KEYS,
    "openwebui_chat_shares.change_access": Kind.PERMISSIONS,
    "openwebui_entering.come_back": Kind.SIGN_IN,
    "openwebui_channel_webhooks.post": None,
    "openwebui_channels.add_members": Kind.PERMISSIONS,
    "openwebui_channels.change": Kind.PERMISSIONS,
    "openwebui_channels.create": Kind.PERMISSIONS,
    "openwebui_channels.remove_members": Kind.PERMISSIONS,
    "openwebui_channels.set_access": Kind.PERMISSIONS,
    "openwebui_evaluations.delete_all": Kind.SETTINGS,
    "openwebui_evaluations.set_arena": Kind.SETTINGS,
    "openwebui_notes.change": Kind.PERMISSIONS,
    "openwebui_notes.create": Kind.PERMISSIONS,
    "openwebui_notes.set_access": Kind.PERMISSIONS,
    "openwebui_folders.set_access": Kind.PERMISSIONS,
    "openwebui_oversight.export_all": Kind.PEOPLE,
    "openwebui_oversight.list_of": Kind.PEOPLE,
    "openwebui_prompts.change": Kind.PERMISSIONS,
    "openwebui_prompts.change_named": Kind.PERMISSIONS,
    "openwebui_prompts.create": Kind.PERMISSIONS,
    "openwebui_prompts.set_access": Kind.PERMISSIONS,
    "openwebui_workspace.change": Kind.PERMISSIONS,
    "openwebui_workspace.create": Kind.PERMISSIONS,
    "openwebui_workspace.set_access": Kind.PERMISSIONS,
    "openwebui_users.set_default_permissions": Kind.SETTINGS,
    "openwebui_writing.change_config": Kind.SETTINGS,
    "openwebui_knowledge.create": Kind.PERMISSIONS,
    "openwebui_knowledge.change": Kind.PERMISSIONS,
    "openwebui_knowledge.set_access": Kind.PERMISSIONS,
    "rest_auth.refresh": None,
    "web_entrance.enter_by_proxy": Kind.SIGN_IN,
    "rest_models.test": None,
    "openwebui_functions.set_own_valves": None,
    "openwebui_python_tools.set_own_valves": None,
    "scim_users.search": None,
    "scim_groups.search": None,
}
"""The views that are otherwise than their page, or change something although they read."""

TAKE_FILES = frozenset(
    {
        "openwebui_functions.set_own_valves",
        "openwebui_functions.set_valves",
        "openwebui_python_tools.set_own_valves",
        "openwebui_python_tools.set_valves",
        "reading_process.read",
    }
)
"""Views whose body is a file as it is, and whose answer has its text: neither is ever kept.

What code is set to is among them: the code names what is secret of it, and nobody knows how.
"""


@lru_cache(maxsize=4096)
def kind_of(endpoint: str | None, method: str) -> Kind | None:
    """Return what a request of an endpoint decides; None for one that decides nothing."""
    if not endpoint or endpoint in VIEWS:
        return VIEWS.get(endpoint or "")
    return None if method in SAFE else PAGES.get(endpoint.partition(".")[0])
