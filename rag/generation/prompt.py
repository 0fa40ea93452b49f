"""Prompts: an assistant's template with passages and variables, fitted into the model's window."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.engines.base import Hit
from rag.errors import MissingVariableError
from rag.passages import headings_above
from rag.types import Message, Role

KNOWLEDGE = "knowledge"
"""The variable that the passages fill; it is never missing, only empty."""

CITING = (
    "Cite the passages that you use: after each sentence that rests on one, write its ID in the"
    " form [ID:0]. If several support it, write one marker after the other, as in [ID:0][ID:2],"
    " and at most four. Use only the IDs given above. Write no markers where no passage supports"
    " the sentence, and no list of sources at the end."
)
"""How a model is told to cite, unless the server has another text."""

_VARIABLE = re.compile(r"\{([^{}]+)\}")

_MESSAGE_TOKENS = 4
"""What a chat template adds around a message: markers of role, begin and end."""

CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class PromptVariable:
    """A name that may stand in braces in a template."""

    key: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """The text of a system prompt, its variables, and how to cite (empty: no citations)."""

    text: str
    variables: tuple[PromptVariable, ...] = (PromptVariable(KNOWLEDGE),)
    citing: str = CITING

    @property
    def knowledge_places(self) -> int:
        """Return in how many places the passages stand."""
        return self.text.count(f"{{{KNOWLEDGE}}}")

    def fill(self, values: Mapping[str, str], knowledge: str) -> str:
        """Return the text with `{knowledge}` and the variables replaced, other braces left alone.

        Raises MissingVariableError for a variable that has no value and is not optional.
        """
        known = {variable.key: values.get(variable.key, "") for variable in self.variables}
        for variable in self.variables:
            if variable.key != KNOWLEDGE and variable.key not in values and not variable.optional:
                raise MissingVariableError(variable.key)
        known[KNOWLEDGE] = knowledge
        text = _VARIABLE.sub(lambda name: known.get(name[1], name[0]), self.text)
        return f"{text}\n\n{self.citing}" if self.citing and knowledge else text


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to a chat model, and how many of the best passages and last turns it holds."""

    messages: tuple[Message, ...]
    passages: int
    turns: int


def format_passages(hits: Sequence[Hit]) -> str:
    """Return passages as a model reads them: ID, title, page and headings if known, content."""
    return "\n\n".join(_format_passage(index, hit) for index, hit in enumerate(hits))


def build_prompt(
    template: PromptTemplate,
    values: Mapping[str, str],
    history: Sequence[Message],
    question: str,
    hits: Sequence[Hit],
    *,
    count_tokens: CountTokens,
    budget: int,
) -> Prompt:
    """Return the prompt for a question, cut to `budget` tokens.

    What does not fit goes in this order: passages from the lowest rank up, all but the first; the
    oldest turns; the first passage. The template and the question always stay. A template that
    says nothing is left out.
    """
    turns = _from_user(history)
    places = template.knowledge_places
    hits = hits if places else ()
    fixed = template.fill(values, "") + template.citing
    spare = budget - count_tokens(fixed) - count_tokens(question) - 2 * _MESSAGE_TOKENS
    passage_costs = [
        places * (count_tokens(_format_passage(*item)) + 1) for item in enumerate(hits)
    ]
    turn_costs = _last_costs(turns, count_tokens, spare)
    passages, kept = _fit(passage_costs, turn_costs, spare)
    last = _from_user(turns[len(turns) - kept :])
    text = template.fill(values, format_passages(hits[:passages]))
    system = (Message(Role.SYSTEM, text),) if text.strip() else ()
    return Prompt((*system, *last, Message(Role.USER, question)), passages, len(last))


def _last_costs(turns: Sequence[Message], count_tokens: CountTokens, spare: int) -> list[int]:
    """Return what the last turns cost, as far back as they might fit, and the one before them."""
    costs: list[int] = []
    while len(costs) < len(turns) and spare >= 0:
        costs.append(count_tokens(turns[-1 - len(costs)].content) + _MESSAGE_TOKENS)
        spare -= costs[-1]
    return costs[::-1]


def _fit(passage_costs: Sequence[int], turn_costs: Sequence[int], spare: int) -> tuple[int, int]:
    """Return how many of the first passages and of the last turns fit into `spare` tokens."""
    passages, turns = len(passage_costs), len(turn_costs)
    over = sum(passage_costs) + sum(turn_costs) - spare
    while over > 0 and passages > 1:
        passages -= 1
        over -= passage_costs[passages]
    while over > 0 and turns:
        over -= turn_costs[-turns]
        turns -= 1
    return (0 if over > 0 else passages), turns


def _from_user(turns: Sequence[Message]) -> Sequence[Message]:
    """Return the turns from the first of the user on: many models refuse an answer to nothing."""
    first = next((place for place, turn in enumerate(turns) if turn.role is Role.USER), len(turns))
    return turns[first:]


def _format_passage(index: int, hit: Hit) -> str:
    positions = hit.chunk.positions
    page = f"\nPage: {positions[0].page}" if positions else ""
    above = headings_above(hit.chunk.headings, hit.chunk.content)
    section = f"\nSection: {' > '.join(above)}" if above else ""
    return f"ID: {index}\nTitle: {hit.document_name}{page}{section}\nContent: {hit.text}"
