"""Which permissions a page needs, and the refusal of those who lack one."""

from collections.abc import Mapping

from flask import request

from api.http.context import services
from api.http.scopes import ASKS, PAGES_OF, SAFE
from api.permissions import ASSISTANTS, DATASETS, KEYS, MODELS, NOTES, OF_DOOR, SETTINGS, SHARING
from api.services.accounts.records import Principal
from api.services.accounts.scopes import Noun

PLACES: Mapping[str, str] = {
    **{
        page: DATASETS
        for noun in (Noun.DATASETS, Noun.DOCUMENTS, Noun.CHUNKS, Noun.FILES)
        for page in PAGES_OF[noun]
    },
    "console_dialog": ASSISTANTS,
    "console_search": ASSISTANTS,
    "openwebui_images": DATASETS,
    "openwebui_notes": NOTES,
    "openwebui_workspace": ASSISTANTS,
    "rest_chats": ASSISTANTS,
    "rest_searches": ASSISTANTS,
    "rest_grants": SHARING,
    "rest_shares": SHARING,
    "console_llm": MODELS,
    "openwebui_providers": MODELS,
    "rest_models": MODELS,
}
"""What the pages of a module need that change something."""

ENDPOINTS: Mapping[str, str] = {
    "console_tenant.invite": SHARING,
    "rest_tenants.invite": SHARING,
    "console_api.new_token": KEYS,
    "console_system.new_token": KEYS,
    "openwebui_auths.new_key": KEYS,
    "openwebui_chat_shares.change_access": SHARING,
    "openwebui_chat_shares.share": SHARING,
    "rest_system.change_token": KEYS,
    "rest_system.create_token": KEYS,
    "console_user.set_tenant_info": SETTINGS,
    "rest_models.set_defaults": SETTINGS,
}
"""What single pages need, whatever their module does."""


def needed(endpoint: str, method: str) -> tuple[str, ...]:
    """Return the permissions that a page needs: that of its door, and one for what it changes."""
    pages = endpoint.partition(".")[0]
    door = OF_DOOR + pages.partition("_")[0]
    if method in SAFE or endpoint in ASKS:
        return (door,)
    name = ENDPOINTS.get(endpoint) or PLACES.get(pages)
    return (door, name) if name else (door,)


def check_permissions(asker: Principal) -> None:
    """Raise NotAllowedError, which names the permission, for a page that needs one that is lacking.

    Where nothing is denied, nothing is looked up.
    """
    permissions = services().groups.permissions
    denied = permissions.denied()
    if denied:
        wanted = [name for name in needed(request.endpoint or "", request.method) if name in denied]
        if wanted:
            permissions.check(asker, wanted)
