"""What models write as an outline becomes a tree."""

import pytest

from api.services.chats.outlines import MOST_LINES, read_outline
from api.services.chats.records import Outline

SUBJECT = "The lamp"


def leaves(*texts: str) -> tuple[Outline, ...]:
    return tuple(Outline(text) for text in texts)


@pytest.mark.parametrize(
    ("said", "tree"),
    [
        ("", Outline(SUBJECT)),
        ("\n  \n", Outline(SUBJECT)),
        ("Lamps", Outline("Lamps")),
        ("Lamps\n- Oil\n- Light", Outline("Lamps", leaves("Oil", "Light"))),
        ("- Oil\n- Light", Outline(SUBJECT, leaves("Oil", "Light"))),
        ("# Lamps\n1. Oil\n2) Light", Outline("Lamps", leaves("Oil", "Light"))),
        ("- Lamps\n  - Oil", Outline("Lamps", leaves("Oil"))),
        ("Lamps\n- **Oil**\n\t- `Whale`", Outline("Lamps", (Outline("Oil", leaves("Whale")),))),
        ("Lamps\n    - Oil\n  - Light", Outline("Lamps", leaves("Oil", "Light"))),
        ("Lamps\n- Lamps\n- Lamps", Outline("Lamps", leaves("Lamps (2)", "Lamps (3)"))),
    ],
)
def test_lines_are_points_below_those_that_are_less_far_in(said: str, tree: Outline) -> None:
    assert read_outline(said, SUBJECT) == tree


def test_an_endless_outline_has_an_end() -> None:
    tree = read_outline("\n".join(f"- {number}" for number in range(10_000)), SUBJECT)
    assert len(tree.below) == MOST_LINES
