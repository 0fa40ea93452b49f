"""What variables of Open WebUI's environment about answers and their headers mean here."""

import re
from collections.abc import Mapping
from typing import get_args

from api.config.guarding import OpenerPolicy, ReferrerPolicy
from api.config.templates import template
from api.config.variables import Rule, Settings, Variables, is_on, one, switch

A_YEAR = "31536000"
"""Seconds."""

AGE = re.compile(r"max-age=(\d+)", re.IGNORECASE)


def strict_transport(found: Variables) -> Settings:
    """Return for how long browsers come by TLS alone; a bad value is a year, as there."""
    given = found["HSTS"]
    age = AGE.search(given)
    below = age is None or "includesubdomains" in given.lower()
    return {
        "headers.strict_transport_seconds": age.group(1) if age else A_YEAR,
        "headers.strict_transport_subdomains": "on" if below else "off",
    }


def one_of(choices: object) -> "Choice":
    """Return what takes one of the values of a literal type."""
    return Choice([value for value in get_args(choices) if value])


class Choice:
    """Takes one of some values; raises ValueError with them for another."""

    def __init__(self, values: list[str]) -> None:
        """Initialize with the values."""
        self.values = values

    def __call__(self, value: str) -> str:
        """Return the value; raises ValueError."""
        if value not in self.values:
            raise ValueError(f"it has to be one of {', '.join(self.values)}")
        return value


def compression(found: Variables) -> Settings:
    """Return that nothing is compressed, where that is said."""
    return {} if is_on(found["ENABLE_COMPRESSION_MIDDLEWARE"]) else {"compression.codings": ""}


def task_model(found: Variables) -> Settings:
    """Return the model that writes titles and the like; that of endpoints first."""
    model = found.get("TASK_MODEL_EXTERNAL") or found["TASK_MODEL"]
    return {"frontend.task_model": model}


ANSWERS_ALONE: Mapping[str, Rule] = {
    "HSTS": strict_transport,
    "ENABLE_COMPRESSION_MIDDLEWARE": compression,
    **dict(
        [
            one("XCONTENT_TYPE", "headers.content_type_options", lambda _: "nosniff"),
            one("REFERRER_POLICY", "headers.referrer_policy", one_of(ReferrerPolicy)),
            one("PERMISSIONS_POLICY", "headers.permissions_policy"),
            one("CROSS_ORIGIN_OPENER_POLICY", "headers.opener_policy", one_of(OpenerPolicy)),
            one("DEFAULT_MODEL_PARAMS", "frontend.model_params"),
            one("CHAT_RESPONSE_MAX_TOOL_CALL_ITERATIONS", "tools.rounds"),
            one("TITLE_GENERATION_PROMPT_TEMPLATE", "frontend.title_prompt", template),
            one("TAGS_GENERATION_PROMPT_TEMPLATE", "frontend.tags_prompt", template),
            one("FOLLOW_UP_GENERATION_PROMPT_TEMPLATE", "frontend.follow_ups_prompt", template),
            one("QUERY_GENERATION_PROMPT_TEMPLATE", "frontend.queries_prompt", template),
            one(
                "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE", "frontend.autocomplete_prompt", template
            ),
            one("IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE", "frontend.picture_prompt", template),
            one("ENABLE_VOICE_MODE_PROMPT", "frontend.voice", switch),
            one("VOICE_MODE_PROMPT_TEMPLATE", "frontend.voice_prompt", template),
        ]
    ),
}

ANSWERS_TOGETHER: Mapping[tuple[str, ...], Rule] = {
    ("TASK_MODEL_EXTERNAL", "TASK_MODEL"): task_model,
}

HEADER_OF_PROXY = "name the proxy in proxy.addresses, and this header in proxy.{}_header"

ANSWERS_REASONS: Mapping[str, str] = {
    "WEBUI_AUTH_TRUSTED_EMAIL_HEADER": HEADER_OF_PROXY.format("email"),
    "WEBUI_AUTH_TRUSTED_NAME_HEADER": HEADER_OF_PROXY.format("name"),
    "WEBUI_AUTH_TRUSTED_GROUPS_HEADER": HEADER_OF_PROXY.format("groups"),
    "ENABLE_API_KEYS": "auth.denied says what people may not do, by the permission `keys`",
    "ENABLE_NOTES": "auth.denied says what people may not do, by the permission `notes`",
    "TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE": "models call tools by their own protocol here",
    "XFRAME_OPTIONS": "headers.frame_ancestors says which sites may show a page in a frame",
}
