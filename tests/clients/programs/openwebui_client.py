"""Uses the server as the client of Open WebUI's whole API does; prints what it returned."""

import asyncio
import json
import sys

from owui_client import OpenWebUI
from owui_client.models.auths import SigninForm
from owui_client.models.chats import ChatForm
from owui_client.models.folders import FolderForm
from owui_client.models.knowledge import KnowledgeForm
from owui_client.models.prompts import PromptForm
from owui_client.models.retrieval import QueryCollectionsForm

url, email, password, searched, question = sys.argv[1:]
told: dict[str, object] = {}


async def knowledge(client: OpenWebUI) -> None:
    """Make a knowledge base with a file, and ask one that is there."""
    form = KnowledgeForm(name="owui", description="of a test")
    base = await client.knowledge.create_new_knowledge(form)
    sent = await client.files.upload_file(file=("lamp.txt", b"Lit at dusk."), process=False)
    kept = await client.knowledge.add_file_to_knowledge(base.id, sent.id)
    told["files"] = [one.meta["name"] for one in kept.files]
    told["bytes"] = (await client.files.get_file_content_by_id(sent.id)).decode()
    asked = QueryCollectionsForm(collection_names=[searched], query=question, k=1)
    told["passages"] = (await client.retrieval.query_collection(asked))["documents"][0]
    told["bases"] = [one.name for one in (await client.knowledge.get_knowledge()).items]
    await client.knowledge.delete_knowledge_by_id(base.id)


async def main() -> None:
    """Sign in, and use what there is."""
    client = OpenWebUI(f"{url}/api")
    session = await client.auths.signin(SigninForm(email=email, password=password))
    told["role"] = session.role
    told["user"] = (await client.auths.get_session_user()).email
    await knowledge(client)
    folder = await client.folders.create_folder(FolderForm(name="Lights"))
    message = {"id": "m", "parentId": None, "childrenIds": [], "role": "user", "content": question}
    chat = {"title": "Lamps", "history": {"currentId": "m", "messages": {"m": message}}}
    made = await client.chats.create_new(ChatForm(chat=chat, folder_id=folder.id))
    told["found"] = [one.title for one in await client.chats.search("lamps")]
    told["in_folder"] = [
        one.id == made.id for one in await client.chats.get_by_folder_id(folder.id)
    ]
    form = PromptForm(command="lamp", name="Lamp", content="Who lights it?")
    await client.prompts.create_new_prompt(form)
    told["prompts"] = [one.command for one in await client.prompts.get_prompts()]
    told["people"] = [one.email for one in (await client.users.get_users()).users]


try:
    asyncio.run(main())
except Exception as error:
    told["error"] = repr(error)
print(json.dumps(told))
