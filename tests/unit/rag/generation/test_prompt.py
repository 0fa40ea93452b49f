"""How prompts are filled and made to fit."""

from collections.abc import Callable

import pytest

from rag.engines.base import Hit
from rag.errors import MissingVariableError
from rag.generation.prompt import (
    CITING,
    Prompt,
    PromptTemplate,
    PromptVariable,
    build_prompt,
    format_passages,
)
from rag.types import Message, Role

USER, ASSISTANT = Role.USER, Role.ASSISTANT
MakeHit = Callable[..., Hit]


def words(text: str) -> int:
    return len(text.split())


def test_passages_show_id_title_page_and_content(make_hit: MakeHit) -> None:
    hits = [make_hit("First.", "a.pdf", page=3), make_hit("Second.", "b.txt")]
    assert format_passages(hits) == (
        "ID: 0\nTitle: a.pdf\nPage: 3\nContent: First.\n\nID: 1\nTitle: b.txt\nContent: Second."
    )


def test_variables_are_filled_once_and_other_braces_left_alone() -> None:
    template = PromptTemplate(
        'Use {knowledge} as {style}. JSON: {"a": {}} {0} {unknown} {{style}}',
        (PromptVariable("knowledge"), PromptVariable("style")),
        citing="",
    )
    text = template.fill({"style": "{knowledge}"}, "FACTS {style}")
    assert text == ('Use FACTS {style} as {knowledge}. JSON: {"a": {}} {0} {unknown} {{knowledge}}')


@pytest.mark.parametrize("key", ["user-name", "größe", "2nd", "full name"])
def test_a_variable_has_whatever_name_was_declared(key: str) -> None:
    template = PromptTemplate(f"<{{{key}}}>", (PromptVariable(key),))
    assert template.fill({key: "Nia"}, "") == "<Nia>"


def test_a_variable_without_a_value_is_named() -> None:
    template = PromptTemplate("{x}", (PromptVariable("x"),))
    with pytest.raises(MissingVariableError, match="variable x has no value") as caught:
        template.fill({}, "")
    assert caught.value.key == "x"


def test_an_optional_variable_may_be_missing() -> None:
    template = PromptTemplate("a{x}b", (PromptVariable("x", optional=True),))
    assert template.fill({}, "") == "ab"


def test_knowledge_may_be_empty_and_is_no_value_of_the_caller() -> None:
    template = PromptTemplate("<{knowledge}>", ())
    assert template.fill({"knowledge": "forged"}, "") == "<>"


def test_citing_is_asked_for_where_there_is_something_to_cite() -> None:
    template = PromptTemplate("{knowledge}")
    assert template.fill({}, "FACTS") == "FACTS\n\n" + CITING
    assert template.fill({}, "") == ""


@pytest.fixture
def build(make_hit: MakeHit) -> Callable[..., Prompt]:
    history = [
        Message(ASSISTANT, "opener"),
        Message(USER, "q1 q1"),
        Message(ASSISTANT, "a1 a1"),
        Message(USER, "q2 q2"),
        Message(ASSISTANT, "a2 a2"),
    ]
    hits = [make_hit("p " * 4) for _ in range(3)]  # 10 tokens each in the prompt

    def make(budget: int, template: str = "{knowledge}") -> Prompt:
        return build_prompt(
            PromptTemplate(template, citing=""),
            {},
            history,
            "the question",
            hits,
            count_tokens=words,
            budget=budget,
        )

    return make


# The question takes 2 tokens, both messages 8 around them, a passage 9 + 1, a turn 6.
@pytest.mark.parametrize(
    ("budget", "passages", "turns"),
    [
        (1000, 3, 4),
        (64, 3, 4),
        (63, 2, 4),
        (54, 2, 4),
        (53, 1, 4),
        (44, 1, 4),
        (43, 1, 2),
        (32, 1, 2),
        (31, 1, 0),
        (20, 1, 0),
        (19, 0, 0),
        (0, 0, 0),
    ],
)
def test_what_does_not_fit_goes_from_the_least_important(
    build: Callable[..., Prompt], budget: int, passages: int, turns: int
) -> None:
    prompt = build(budget)
    assert (prompt.passages, prompt.turns) == (passages, turns)
    assert prompt.messages[0].content.count("ID: ") == passages
    assert len(prompt.messages) == turns + 1 + bool(passages)  # without passages it says nothing
    assert prompt.messages[-1] == Message(USER, "the question")
    if turns:
        assert prompt.messages[1].role is USER
        assert prompt.messages[-2].content == "a2 a2"
    if budget >= 10:
        total = sum(words(message.content) + 4 for message in prompt.messages)
        assert total <= budget


def test_a_template_without_a_place_for_passages_gets_none(build: Callable[..., Prompt]) -> None:
    prompt = build(1000, "Be nice.")
    assert prompt.passages == 0
    assert prompt.messages[0].content == "Be nice."


def test_a_history_without_the_users_turns_is_left_out() -> None:
    prompt = build_prompt(
        PromptTemplate("x"),
        {},
        [Message(ASSISTANT, "opener")],
        "q",
        [],
        count_tokens=words,
        budget=100,
    )
    assert [message.role for message in prompt.messages] == [Role.SYSTEM, USER]


def test_of_a_long_history_no_more_is_counted_than_may_fit() -> None:
    counted: list[str] = []

    def noted(text: str) -> int:
        counted.append(text)
        return words(text)

    roles = (USER, ASSISTANT) * 50
    history = [Message(role, f"{number} said") for number, role in enumerate(roles)]
    prompt = build_prompt(
        PromptTemplate("", citing=""), {}, history, "why", (), count_tokens=noted, budget=45
    )
    assert [said.content for said in prompt.messages] == [
        *(f"{number} said" for number in range(94, 100)),
        "why",
    ]
    assert "92 said" not in counted


def test_passages_that_stand_in_two_places_take_the_room_of_both(
    build: Callable[..., Prompt],
) -> None:
    prompt = build(74, "{knowledge} {knowledge}")
    assert prompt.passages == 2
    assert sum(words(message.content) + 4 for message in prompt.messages) <= 74
