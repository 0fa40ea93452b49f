"""Citation markers in answers: one form, only of passages that exist, also in a stream."""

import re
from collections.abc import Callable, Sequence

from rag.engines.base import Hit
from rag.generation.sentences import Tokenize, share, split_sentences, token_weights

# What models write: [ID:1], [ID: 1, 2], [id:1, ID:2], 【ID：1】, ##1$$. One space before a marker
# belongs to it, so that a dropped marker leaves no gap. A list has at most 16 members.
_MARKER = re.compile(
    r" ?(?:[\[【] ?ID ?[:：] ?[0-9]{1,4}"
    r"(?: ?[,，;、] ?(?:ID ?[:：] ?)?[0-9]{1,4}){0,15} ?[\]】]|##[0-9]{1,4}\$\$)",
    re.IGNORECASE,
)

# The end of a text that may yet become a marker: looser than the above, but not by much, and
# longer than any marker, so that nothing is held back for ever.
_BEGINNING = re.compile(
    r" ?(?:[\[【](?: ?(?:I(?:D(?: ?(?:[:：][0-9ID ,，;、:：]{0,256})?)?)?)?)?"
    r"|#(?:#(?:[0-9]{1,4}\$?)?)?)?$",
    re.IGNORECASE,
)

_NUMBER = re.compile("[0-9]+")

# Below this share of a sentence's words in a passage, a citation would be a guess.
_CITE_SHARE = 0.6
_CITE_TOKENS = 4


class CitationFilter:
    """Turns markers into `[ID:i]` as text streams through; drops those of passages not there.

    `feed` holds back only an end that may be the beginning of a marker. What comes out, joined,
    does not depend on how the text was cut.
    """

    def __init__(self, count: int) -> None:
        """Accept the indices 0 to `count - 1`."""
        self.count = count
        self._held = ""
        self._used: dict[int, None] = {}

    @property
    def used(self) -> tuple[int, ...]:
        """Return the indices cited so far, in the order of their first marker."""
        return tuple(self._used)

    def feed(self, text: str) -> str:
        """Process the next piece of the answer; return what is decided."""
        text = self._held + text
        beginning = _BEGINNING.search(text)
        end = beginning.start() if beginning else len(text)
        self._held = text[end:]
        return self._normalize(text[:end])

    def finish(self) -> str:
        """Return what was held back: the answer ends here."""
        text, self._held = self._held, ""
        return self._normalize(text)

    def _normalize(self, text: str) -> str:
        return _MARKER.sub(self._replace, text)

    def _replace(self, marker: re.Match[str]) -> str:
        numbers = [int(number) for number in _NUMBER.findall(marker[0])]
        valid = [number for number in numbers if number < self.count]
        self._used.update(dict.fromkeys(valid))
        space = " " if valid and marker[0].startswith(" ") else ""
        return space + "".join(f"[ID:{number}]" for number in valid)


def normalize(answer: str, count: int) -> tuple[str, tuple[int, ...]]:
    """Return a whole answer with its markers in one form, and the indices it cites."""
    citations = CitationFilter(count)
    text = citations.feed(answer) + citations.finish()
    return text, citations.used


def cite(answer: str, hits: Sequence[Hit], tokenize: Tokenize) -> str:
    """Return the answer with a marker after each sentence that one passage clearly supports.

    For models that do not cite: a passage supports a sentence when it holds most of its words,
    weighed by how telling they are. Sentences with a marker, short ones and code are left alone.
    """
    passages = [frozenset(tokenize(hit.chunk.content)) for hit in hits]
    weights = token_weights(passages)

    def supporter(sentence: str) -> int | None:
        tokens = frozenset(tokenize(sentence))
        if len(tokens) < _CITE_TOKENS or not passages or _MARKER.search(sentence):
            return None
        shares = [share(tokens, passage, weights) for passage in passages]
        best = max(shares)
        return shares.index(best) if best >= _CITE_SHARE else None

    parts = answer.split("```")
    return "```".join(
        part if place % 2 else _mark(part, supporter) for place, part in enumerate(parts)
    )


def _mark(text: str, supporter: Callable[[str], int | None]) -> str:
    sentences = split_sentences(text)
    for place, sentence in enumerate(sentences):
        # A marker that follows the sentence's stop stands at the beginning of the next one.
        follower = sentences[place + 1] if place + 1 < len(sentences) else ""
        found = None if _MARKER.match(follower) else supporter(sentence)
        if found is not None:
            body = sentence.rstrip()
            sentences[place] = f"{body} [ID:{found}]{sentence[len(body) :]}"
    return "".join(sentences)
