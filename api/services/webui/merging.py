"""One answer that a model makes of several."""

from collections.abc import Iterator, Sequence

from api.errors import NoChatModelError
from api.services.accounts.records import Principal
from api.services.plugins.filtering import Body
from api.services.webui.making import MakingService
from api.services.webui.writing import WritingService


class MergingService:
    """Lets a model make one answer of several; the prompt says how."""

    def __init__(self, writing: WritingService, making: MakingService, prompt: str) -> None:
        """Initialize with the parts."""
        self.writing = writing
        self.making = making
        self.prompt = prompt

    def conversation(
        self, asker: Principal, model: str, question: str, answers: Sequence[str]
    ) -> Body:
        """Return what a model is asked.

        Raises ArgumentError for a model that the asker cannot use, and NoChatModelError.
        """
        told = (f"ANSWER {number}:\n{text}" for number, text in enumerate(answers, 1))
        asked = "\n\n".join((f"QUESTION:\n{question}", *told))
        messages = [
            {"role": "system", "content": self.prompt},
            {"role": "user", "content": asked},
        ]
        return {"model": self.named(asker, model), "messages": messages}

    def events(self, asker: Principal, conversation: Body) -> Iterator[Body]:
        """Return the events of the answer, which is made while they are read."""
        asked = {"stream": True, "stream_options": {"include_usage": True}}
        ask = self.making.asking(asker, str(conversation["model"]))
        return ask({**conversation, **asked})

    def whole(self, asker: Principal, conversation: Body) -> Body:
        """Return the whole answer; raises RuleError for what the model refuses."""
        return self.making.asking_whole(asker, str(conversation["model"]))(conversation)

    def named(self, asker: Principal, model: str) -> str:
        """Return the name of the model that is to answer: of an assistant, the one it uses."""
        name = self.writing.named(asker, model)
        found = name or self.writing.suggestions.models.default_chat(asker.tenant_id)
        if not found:
            raise NoChatModelError
        return found
