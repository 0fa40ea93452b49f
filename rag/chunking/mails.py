"""Cuts mails: each message and each attachment has chunks of its own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, pairwise

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.naive import add_block
from rag.chunking.packing import Packer
from rag.chunking.pieces import PieceMaker
from rag.types import Block, BlockKind, ChunkDraft, Page

_PEOPLE = re.compile(r"(?:From|To|Cc|Date): ")
_ATTACHMENT = re.compile(r"Attachment: \S.*")
_OF_ATTACHMENT = 7
"""The level of an attachment's name: those of subjects, one below the other, are 1 to 6."""


def chunk_mails(
    pages: Iterable[Page], options: ChunkOptions, count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    """Cut as `chunk_text` does, but never merge two messages, or a message and an attachment.

    All that is of a message is under its subject, and all that is of an attachment under its name,
    too.
    """
    maker = PieceMaker(options, count_tokens)
    packer = Packer(options, maker, count_tokens)
    for block, opens in _parted(block for page in pages for block in page.blocks):
        if opens and packer.has_text:
            yield from packer.cut()
        yield from add_block(packer, maker, block)
    yield from packer.cut()


def _parted(blocks: Iterable[Block]) -> Iterator[tuple[Block, bool]]:
    """Yield blocks, and whether each begins a message or an attachment."""
    is_attached = is_subject = False
    for block, following in pairwise(chain(blocks, [Block("")])):
        is_headed, is_subject = is_subject, False
        if block.kind is BlockKind.HEADING and _PEOPLE.match(following.text):
            is_attached, is_subject = False, True
            yield block, True
        elif block.kind is BlockKind.TEXT and _ATTACHMENT.fullmatch(block.text):
            is_attached = True
            yield replace(block, kind=BlockKind.HEADING, level=_OF_ATTACHMENT), True
        elif is_attached and block.kind is BlockKind.HEADING:
            yield replace(block, level=_OF_ATTACHMENT + 1 + block.level), False
        else:
            yield block, not is_headed and bool(_PEOPLE.match(block.text))
