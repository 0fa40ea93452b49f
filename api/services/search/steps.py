"""What a chat model makes of a question before it is searched for, each step within its time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from api.config.settings import RetrievalSettings
from api.errors import NoChatModelError
from api.execution import Execution
from api.services.models.asking import ask, listed
from api.services.models.prompts import read_prompt
from api.services.search.records import Refined
from api.services.search.values import NO_STEPS, Search, Steps
from rag.errors import ModelError
from rag.llm.base import ChatModel
from rag.types import Message

MOST_KEYWORDS = 10
MOST_TURNS = 6
"""How many of the last turns a question is put into the context of."""

LONGEST_TURN = 2000
"""In characters."""


class StepModels(Protocol):
    """Where the models of steps come from."""

    def chat_model(
        self, tenant_id: str, model: str, within: float | None = None
    ) -> ChatModel | None:
        """Return a model that answers within so many seconds; None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class StepPrompts:
    """How a model is told to find keywords, to translate, and to put a question into context."""

    keywords: str
    translations: str
    rewriting: str


def read_step_prompts() -> StepPrompts:
    """Read the prompts; raises StartError that names a file which is missing."""
    return StepPrompts(*map(read_prompt, ("keywords", "translations", "rewriting")))


class QuestionSteps:
    """Asks a chat model about questions; `settings` returns those that are in force now."""

    def __init__(
        self,
        models: StepModels,
        prompts: StepPrompts,
        settings: Callable[[], RetrievalSettings],
        execution: Execution,
    ) -> None:
        """Initialize with the parts."""
        self.models = models
        self.prompts = prompts
        self.settings = settings
        self.execution = execution

    def refined(self, tenant_id: str, search: Search, *, lenient: bool = False) -> Refined:
        """Return what becomes of a question.

        A step that fails, or takes longer than it may, is left out, and a remark says so. Raises
        NoChatModelError where there is no model, unless that is `lenient`.
        """
        model = self.models.chat_model(tenant_id, search.steps.model, self.settings().step_timeout)
        if model is None:
            if not lenient:
                raise NoChatModelError
            return Refined(search.question)
        first = self.in_context(model, search.question, search.steps.turns)
        return self.widened(model, first, search.steps)

    def in_context(self, model: ChatModel, question: str, turns: Sequence[Message]) -> Refined:
        """Return a question that stands alone, without the conversation that it was asked in."""
        if not turns:
            return Refined(question)
        said = "\n".join(
            f"{turn.role}: {turn.content[:LONGEST_TURN]}" for turn in turns[-MOST_TURNS:]
        )
        asked = f"{said}\n\nThe question: {question}"
        try:
            lines = listed(ask(model, self.prompts.rewriting, asked))
        except ModelError as error:
            return Refined(question, remarks=(f"The question stands as it was asked: {error}",))
        return Refined(lines[0] if lines else question)

    def widened(self, model: ChatModel, first: Refined, steps: Steps) -> Refined:
        """Return a question with keywords and translations, which are made at the same time."""
        asked = "\n".join((*steps.languages, "", first.question)) if steps.languages else ""
        about = first.question if steps.keyword else ""
        keywords = self.begun(model, self.prompts.keywords, about)
        translations = self.begun(model, self.prompts.translations, asked)
        found, why_no_keywords = keywords()
        said, why_no_translations = translations()
        remarks = (
            *(f"There are no keywords: {why}" for why in why_no_keywords),
            *(f"There are no translations: {why}" for why in why_no_translations),
        )
        return replace(
            first,
            keywords=tuple(dict.fromkeys(found))[:MOST_KEYWORDS],
            translations=tuple(said[: len(steps.languages)]),
            remarks=first.remarks + remarks,
        )

    def begun(
        self, model: ChatModel, prompt: str, text: str
    ) -> Callable[[], tuple[list[str], list[str]]]:
        """Return what waits for the lines that a model says of a text, or for why there are none.

        Of an empty text nothing is asked.
        """
        if not text:
            return lambda: ([], [])
        return self.execution.beside(partial(tried, model, prompt, text))


def tried(model: ChatModel, prompt: str, text: str) -> tuple[list[str], list[str]]:
    """Return the lines that a model says, or the reason why it does not."""
    try:
        return listed(ask(model, prompt, text)), []
    except ModelError as error:
        return [], [str(error)]


def without_steps(search: Search, refined: Refined) -> Search:
    """Return the search for what became of a question."""
    return replace(search, question=refined.text, steps=NO_STEPS)
