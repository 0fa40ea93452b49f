"""The pages of the console: the one list by which server, router and rail know them."""

from dataclasses import dataclass

BASE = "/console"
"""Where the console is; every address in it is made from this. The root of the server has
addresses that programs ask for (`/models`, `/chat/completions`), so that it only leads here."""

HOME = "datasets"
FIRST = "start"
"""Where people begin: with datasets, and before there is one with the first steps."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its module is `<name>.mjs` in `static/pages`, its words `<name>.json` by language.

    `address` is below the base, with arguments as Flask writes them. A page of the rail has its
    name there, and an icon; another one belongs to the entry `under`.
    """

    name: str
    address: str
    icon: str = ""
    under: str = ""


PAGES = (
    Page("start", "/start", under="datasets"),
    Page("datasets", "/datasets", icon="datasets"),
    Page("documents", "/datasets/<dataset>", under="datasets"),
    Page("document", "/datasets/<dataset>/documents/<document>", under="datasets"),
    Page("retrieval", "/datasets/<dataset>/retrieval", under="datasets"),
    Page("dataset_settings", "/datasets/<dataset>/settings", under="datasets"),
    Page("files", "/files", icon="folder"),
    Page("search", "/search", icon="search"),
    Page("chat", "/chat", icon="chat"),
    Page("conversation", "/chat/<chat>", under="chat"),
    Page("shares", "/chat/<chat>/share", under="chat"),
    Page("assistant", "/chat/<chat>/settings", under="chat"),
    Page("tasks", "/tasks", icon="tasks"),
    Page("models", "/models", icon="models"),
    Page("keys", "/keys", icon="keys"),
    Page("people", "/people", icon="people"),
    Page("audit", "/people/audit", under="people"),
    Page("settings", "/settings", icon="settings"),
    Page("status", "/status", icon="status"),
)
"""In the order of the rail."""
