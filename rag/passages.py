"""What stands for a chunk in an index: its content, and what is said above it in its document."""

from collections.abc import Sequence


def headings_above(headings: Sequence[str], content: str) -> list[str]:
    """Return those of a chunk's headings that its content does not have as lines of its own."""
    if not headings:
        return []
    own = set(content.split("\n"))
    return [heading for heading in headings if heading not in own]


def passage_text(headings: Sequence[str], content: str) -> str:
    """Return a content below those of its headings that are not in it already."""
    return "\n".join((*headings_above(headings, content), content))


def embedding_text(questions: Sequence[str], headings: Sequence[str], content: str) -> str:
    """Return what stands for a chunk in the vector space: its questions, if it answers some.

    Else its content below its headings.
    """
    return "\n".join(questions) or passage_text(headings, content)
