"""A published client of Open WebUI's whole API against a started server."""

from tests.clients.environments import python_client
from tests.functional.corpus import TEXTS, Corpus
from tests.running import PASSWORD
from tests.service.web import WebServer

EMAIL = "admin@raglan.local"
LAMP = "When does the keeper light the lamp?"


def test_people_files_knowledge_chats_and_prompts(server: WebServer, corpus: Corpus) -> None:
    client = python_client("owui-client==11.0.0")
    asked = (server.url, EMAIL, PASSWORD, corpus.dataset_id, LAMP)
    told = client.run("openwebui_client.py", *asked)
    assert "error" not in told, told
    assert (told["role"], told["user"]) == ("admin", EMAIL)
    assert (told["files"], told["bytes"], told["passages"]) == (
        ["lamp.txt"],
        "Lit at dusk.",
        [TEXTS[0]],
    )
    assert "owui" in told["bases"]
    assert (told["found"], told["in_folder"]) == (["Lamps"], [True])
    assert told["prompts"] == ["lamp"]
    assert EMAIL in told["people"]
