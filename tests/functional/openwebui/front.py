"""A person before the front end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.container import Services
from api.http.answering import Answers
from api.schemas.openwebui.completion import QuestionRequest
from api.services.accounts.records import Principal

MODEL = "talker@Endpoint"


@dataclass
class Front:
    """A person before the front end, who asks in a chat and hears what is told of the answers."""

    services: Services
    asker: Principal
    heard: list[Mapping[str, Any]] = field(default_factory=list)

    def tell(self, user_id: str, event: Mapping[str, Any]) -> None:
        """Hear of an event."""
        assert user_id == self.asker.user_id
        self.heard.append(event["data"])

    def tell_chat(self, chat_id: str, user_id: str, event: Mapping[str, Any]) -> None:
        """Pass over what others in the chat are told."""

    def ask(self, question: str, chat_id: str = "", **given: Any) -> str:
        """Ask, and wait for the answer; return the id of the chat."""
        number = "".join(filter(str.isalnum, question))
        message = {"id": f"q-{number}", "role": "user", "content": question}
        return self.send(message, chat_id, **given)

    def send(self, message: Mapping[str, Any], chat_id: str = "", **given: Any) -> str:
        """Send a question as it is, and wait for the answer; return the id of the chat."""
        self.heard.clear()
        number = "".join(filter(str.isalnum, str(message.get("id", "")).removeprefix("q-")))
        body = {"model": MODEL, "session_id": "s", "id": f"a-{number}", "chat_id": chat_id, **given}
        body["user_message"] = dict(message)
        asked = self.services.webui.arena.asked(self.asker, QuestionRequest(**body).asked())
        begun = self.services.webui.tasks.ask(self.asker, asked)
        for task, wanted in begun.tasks:
            webui = self.services.webui
            answers = Answers(
                webui.tasks, webui.epilogues, webui.message_events, self, webui.webhooks
            )
            answers.make(self.asker, task, wanted)
        return begun.chat_id

    def told(self, kind: str) -> list[Any]:
        """Return what was told in events of a kind."""
        return [one["data"] for one in self.heard if one["type"] == kind]

    def sources(self) -> list[Any]:
        """Return the sources that were told."""
        found = [one["sources"] for one in self.told("chat:completion") if "sources" in one]
        return [source for one in found for source in one]

    def descriptions(self) -> list[str]:
        """Return what was said above the answer."""
        return [one["description"] for one in self.told("status") if "description" in one]

    def answer(self, chat_id: str) -> Mapping[str, Any]:
        """Return the last message of a chat as it is kept."""
        return self.services.webui.conversations.get(self.asker, chat_id).tree.branch()[-1].body
