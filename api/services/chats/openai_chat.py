"""An assistant behind OpenAI's chat API: the client keeps the conversation."""

from collections.abc import Generator
from typing import Any

from api.schemas.sdk.openai import OpenAIRequest, chunk_object, completion_object
from api.services.chats.answering import Answering, AnsweringService, Inquiry, read_whole
from api.services.chats.chats import ChatService
from rag.llm.base import Usage


class OpenAIChatService:
    """Answers conversations without storing anything of them."""

    def __init__(self, chats: ChatService, answering: AnsweringService) -> None:
        """Remember the parts."""
        self.chats = chats
        self.answering = answering

    def stream(
        self, tenant_id: str, chat_id: str, body: OpenAIRequest
    ) -> Generator[dict[str, Any]]:
        """Yield the answer piece by piece; what is wrong with the request is raised at once."""
        return self.chunks(chat_id, body, self.begin(tenant_id, chat_id, body))

    def answer(self, tenant_id: str, chat_id: str, body: OpenAIRequest) -> dict[str, Any]:
        """Return the whole answer."""
        answering = self.begin(tenant_id, chat_id, body)
        read_whole(self.chunks(chat_id, body, answering))
        made = answering.stream.answer
        beside: dict[str, Any] = {}
        if body.wants_reference:
            beside["reference"] = references(answering)
        if made.reasoning:
            beside["reasoning_content"] = made.reasoning
        return completion_object(chat_id, body.model, made.text, self.usage(answering), beside)

    def begin(self, tenant_id: str, chat_id: str, body: OpenAIRequest) -> Answering:
        """Find passages for the last message of a conversation and build the prompt."""
        assistant = self.chats.assistant(tenant_id, chat_id)
        inquiry = Inquiry(
            question=body.question,
            history=body.history,
            options=body.options,
            condition=body.extra_body.metadata_condition,
        )
        return self.answering.begin(assistant, inquiry)

    def chunks(
        self, chat_id: str, body: OpenAIRequest, answering: Answering
    ) -> Generator[dict[str, Any]]:
        """Yield a chunk per piece, then one that says that and how it ended."""
        try:
            for piece in answering.stream:
                delta = {
                    "content": piece.content or None,
                    "reasoning_content": piece.reasoning or None,
                }
                yield chunk_object(chat_id, body.model, delta)
        finally:
            answering.stream.close()
        last: dict[str, Any] = {"content": None}
        if body.wants_reference:
            last["reference"] = references(answering)
            last["final_content"] = answering.stream.answer.text
        yield chunk_object(chat_id, body.model, last, self.usage(answering))

    def usage(self, answering: Answering) -> Usage:
        """Return what the answer took, as the model says or, where it does not, as we count."""
        made, count = answering.stream.answer, self.answering.tools.count_tokens
        if made.usage.prompt_tokens or made.usage.completion_tokens:
            return made.usage
        prompt = sum(count(message.content) for message in answering.stream.prompt.messages)
        return Usage(prompt, count(made.reasoning) + count(made.text))


def references(answering: Answering) -> list[dict[str, Any]]:
    """Return the passages in the order of their `[ID:i]`."""
    chunks: list[dict[str, Any]] = answering.reference.get("chunks", [])
    return chunks
