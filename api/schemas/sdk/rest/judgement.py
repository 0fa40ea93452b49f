"""What somebody thinks of an answer, as the later contract has it."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import NullFreeRequest, StorableText
from api.services.chats.values import Judgement

LONGEST_FEEDBACK = 1024


class JudgementRequest(NullFreeRequest):
    """Whether an answer was good, and what was wrong with it; without `thumbup` neither."""

    thumbup: bool | None = None
    feedback: Annotated[StorableText, Field(max_length=LONGEST_FEEDBACK)] = ""

    def values(self) -> Judgement:
        """Return what is to be kept; praise needs no reasons."""
        if self.thumbup is None:
            return Judgement(0, self.feedback)
        return Judgement(1) if self.thumbup else Judgement(-1, self.feedback)
