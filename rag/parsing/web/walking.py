"""How a page's tree is walked: in order, without recursion, past what is left out."""

from collections.abc import Generator

from selectolax.lexbor import LexborNode

from rag.parsing.web.visible import Visible

_BLOCKS_TAGS = (
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main nav ol p "
    "pre section summary table tbody td tfoot th thead tr ul"
)
BLOCKS = frozenset(_BLOCKS_TAGS.split())
"""Elements that begin and end a paragraph."""

SKIP = True
"""Sent back for an entered node, it leaves out what is inside it."""


class Walk:
    """Walks what is seen of a page."""

    def __init__(self, visible: Visible) -> None:
        """Initialize with what tells what is seen."""
        self.drops = visible.drops

    def below(self, root: LexborNode) -> Generator[tuple[LexborNode, bool], bool | None, None]:
        """Yield each node below `root` when it is entered (True) and left (False)."""
        pending = [(root, True)]
        while pending:
            node, entering = pending.pop()
            skip = yield node, entering
            if skip:
                yield node, entering
            elif entering and node.child is not None:
                pending.append((node, False))
                children = [
                    child for child in node.iter(include_text=True) if not self.drops(child)
                ]
                pending.extend((child, True) for child in reversed(children))
            elif entering:
                pending.append((node, False))
