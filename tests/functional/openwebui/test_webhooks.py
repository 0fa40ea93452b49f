"""Word to who is away that an answer is there."""

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.errors import FetchError
from api.services.webui.records import TaskRecord
from tests.functional.conftest import Member
from tests.functional.openwebui.library import ok
from tests.functional.openwebui.test_chats import kept
from tests.model_endpoint import Reply, serve

pytestmark = pytest.mark.databases("sqlite")

SETTINGS = "/api/v1/users/user/settings/update"


def switched(services: Services, *, webhooks: str, internal: bool) -> None:
    """Let people be told at addresses, or not."""
    now = services.live.current
    frontend = now.frontend.model_copy(update={"webhooks": webhooks})
    fetching = now.fetching.model_copy(update={"internal": internal})
    services.live.take(now.model_copy(update={"frontend": frontend, "fetching": fetching}))


def test_who_is_away_is_told_of_an_answer_where_they_want_it(
    web: FlaskClient, services: Services, member: Member
) -> None:
    chat = kept(web, "Lamps")["id"]
    task = TaskRecord("t" * 32, member.account.id, chat.replace("-", ""), "a", is_stopped=False)
    tell = services.webui.webhooks.tell
    with serve() as hook:
        hook.script += [Reply(), Reply(status=500)]
        url = f"{hook.url}/chat/completions"
        ok(web.post(SETTINGS, json={"ui": {"notifications": {"webhook_url": url}}}))
        switched(services, webhooks="off", internal=True)
        assert tell(task, "At dusk.") is False
        switched(services, webhooks="on", internal=True)
        assert tell(task, "At dusk.") is True
        [received] = hook.received
        told = received.body
        assert (told["title"], told["message"], told["chat_id"]) == ("Lamps", "At dusk.", chat)
        assert told["url"].endswith(f"/c/{chat}")
        with pytest.raises(FetchError):
            tell(task, "At dusk.")
        switched(services, webhooks="on", internal=False)
        with pytest.raises(FetchError):
            tell(task, "At dusk.")
        switched(services, webhooks="on", internal=True)
        assert tell(task._replace(chat_id="local:x"), "At dusk.") is False, "nothing is kept of it"
        services.webui.presence.see(member.account.id)
        assert tell(task, "At dusk.") is False, "they see it themselves"
        ok(web.post(SETTINGS, json={"ui": {}}))
        assert tell(task._replace(user_id="x" * 32), "At dusk.") is False
        assert len(hook.received) == 2
