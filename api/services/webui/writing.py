"""What a model writes about a conversation: its title, tags, questions that may follow."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from api.config.frontend import FrontendSettings
from api.errors import RuleError
from api.services.accounts.records import Principal
from api.services.chats.chats import ChatService
from api.services.chats.suggestions import SuggestionService
from api.services.models.prompts import read_prompt
from api.services.webui.templates import Said, TemplateService, lines_of
from api.services.webui.workspace import WorkspaceService

LONGEST = 100
"""Characters of a title or a tag."""

LONGEST_TEXTS = {"auto": 500, "image_prompt": 2000}
"""Characters of texts that are longer than a title."""

TYPED = "typed"
"""The role of what somebody has typed so far."""

TYPING_SECONDS = 10.0
"""Seconds after which nobody waits any more for what may come next."""

MOST = {"tags": 3, "follow_ups": 3, "queries": 3}
THOUGHT = re.compile(r".*</think(?:ing)?>", re.DOTALL)


class Kind(StrEnum):
    """What is to be written."""

    TITLE = "title"
    TAGS = "tags"
    FOLLOW_UPS = "follow_ups"
    QUERIES = "queries"
    EMOJI = "emoji"
    AUTO = "auto"
    IMAGE_PROMPT = "image_prompt"


FIELDS = {Kind.AUTO: "text", Kind.IMAGE_PROMPT: "prompt"}
"""Where in the JSON of a model something is that is not called there as it is here."""


def field_of(kind: Kind) -> str:
    """Return what something is called in the JSON that a model writes."""
    return FIELDS.get(kind, kind.value)


class Form(NamedTuple):
    """How something is asked for: by which prompt, and by how many of the last messages."""

    prompt: str
    messages: int


FORMS: Mapping[Kind, Form] = {
    Kind.TITLE: Form("webui_title", 2),
    Kind.TAGS: Form("webui_tags", 6),
    Kind.FOLLOW_UPS: Form("webui_follow_ups", 6),
    Kind.QUERIES: Form("webui_queries", 6),
    Kind.EMOJI: Form("webui_emoji", 1),
    Kind.AUTO: Form("webui_auto", 6),
    Kind.IMAGE_PROMPT: Form("webui_image_prompt", 6),
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a model has written: a `text`, or several `texts`."""

    kind: Kind
    text: str = ""
    texts: tuple[str, ...] = ()


class WritingService:
    """Asks the model of the settings, or that of the conversation; prompts say what is wanted."""

    def __init__(
        self,
        suggestions: SuggestionService,
        chats: ChatService,
        workspace: WorkspaceService,
        settings: Callable[[], FrontendSettings],
        prompts: Mapping[Kind, str],
        templates: TemplateService,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.suggestions = suggestions
        self.chats = chats
        self.workspace = workspace
        self.settings = settings
        self.prompts = prompts
        self.templates = templates

    def is_on(self, kind: Kind) -> bool:
        """Return whether the settings let this be written."""
        settings = self.settings()
        switches = {
            Kind.TITLE: settings.titles,
            Kind.TAGS: settings.tags,
            Kind.FOLLOW_UPS: settings.follow_ups,
            Kind.AUTO: settings.autocomplete,
        }
        return switches.get(kind, "on") == "on"

    def write(
        self,
        asker: Principal,
        kind: Kind,
        model: str,
        said: Sequence[Said],
        within: float | None = None,
    ) -> Written:
        """Return what a model writes about a conversation, `within` so many seconds if given.

        Raises RuleError where that is off or nothing was said, and what `SuggestionService.say`
        does.
        """
        if not self.is_on(kind):
            raise RuleError(f"The settings switch this off: {kind.value.replace('_', ' ')}.")
        told = [one for one in said if one["content"].strip()]
        if not told:
            raise RuleError("messages: there is nothing to write about.")
        name = self.settings().task_model or self.named(asker, model)
        answer = self.suggestions.say(asker, name, self.told(asker, kind, told), within)
        return read(kind, THOUGHT.sub("", answer), told)

    def told(self, asker: Principal, kind: Kind, said: Sequence[Said]) -> tuple[str, str]:
        """Return the instruction and the text that a model gets.

        A prompt of the settings is the whole text: its variables have what was said.
        """
        if own := own_prompt(self.settings(), kind):
            return "", self.templates.filled(asker, own, said)
        return self.prompts[kind], "\n\n".join(lines_of(said)[-FORMS[kind].messages :])

    def complete(self, asker: Principal, model: str, said: Sequence[Said], typed: Said) -> Written:
        """Return what may come next of what somebody types; raises what `write` does.

        So is what is too long by the settings, or empty: a RuleError.
        """
        if not typed["content"].strip():
            raise RuleError("prompt: nothing is typed.")
        most = self.settings().autocomplete_length
        if 0 <= most < len(typed["content"]):
            raise RuleError(f"prompt: only {most:,} characters are completed.")
        return self.write(asker, Kind.AUTO, model, [*said, typed], TYPING_SECONDS)

    def named(self, asker: Principal, model: str) -> str:
        """Return the name of the model by which an assistant answers, or the name of a model."""
        helper = self.workspace.find(asker, model) if model else None
        return model if helper is None else self.chats.get(asker, helper.chat_id).model_name


def read_writing_prompts(folder: Path) -> Mapping[Kind, str]:
    """Read the prompts; raises StartError that names a file which is missing."""
    return {kind: read_prompt(form.prompt, folder) for kind, form in FORMS.items()}


def own_prompt(settings: FrontendSettings, kind: Kind) -> str:
    """Return the prompt that the settings have for something; empty where they have none."""
    prompts = {
        Kind.TITLE: settings.title_prompt,
        Kind.TAGS: settings.tags_prompt,
        Kind.FOLLOW_UPS: settings.follow_ups_prompt,
        Kind.QUERIES: settings.queries_prompt,
        Kind.AUTO: settings.autocomplete_prompt,
        Kind.IMAGE_PROMPT: settings.picture_prompt,
    }
    return prompts.get(kind, "")


def read(kind: Kind, answer: str, said: Sequence[Said]) -> Written:
    """Return what a model meant: what it says in JSON, or what there is."""
    found = object_in(answer)
    if kind is Kind.EMOJI:
        return Written(kind, answer.strip().strip("\"'")[:8])
    given = found.get(field_of(kind))
    text = given if isinstance(given, str) else "" if "{" in answer else answer
    if kind is Kind.TITLE:
        return Written(kind, line_of(text) or line_of(said[0]["content"]))
    if kind in LONGEST_TEXTS:
        return Written(kind, text.replace("\0", "")[: LONGEST_TEXTS[kind]])
    lines = map(line_of, filter(str_only, given)) if isinstance(given, list) else ()
    texts = tuple(dict.fromkeys(filter(None, lines)))[: MOST[kind.value]]
    return Written(kind, texts=texts)


def str_only(item: object) -> bool:
    """Return whether something is a text."""
    return isinstance(item, str)


def object_in(answer: str) -> Mapping[str, object]:
    """Return the JSON object from the first brace to the last; an empty one where there is none."""
    try:
        found = json.loads(answer[answer.find("{") : answer.rfind("}") + 1])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def line_of(text: str) -> str:
    """Return the first line of a text as a title or a tag has it."""
    lines = (line.strip().strip("\"'#* ").strip() for line in text.replace("\0", "").split("\n"))
    return next(filter(None, lines), "")[:LONGEST]
