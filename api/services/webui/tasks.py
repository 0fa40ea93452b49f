"""Answers that are being made in chats: begun, kept as they grow, stopped, and ended."""

from collections.abc import Generator, Mapping
from dataclasses import replace

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import ConflictError, NotFoundError, RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.chats.answering import filled
from api.services.plugins.opening import Hear, Place, unheard
from api.services.stores.references import references_of, shown_id
from api.services.webui import (
    company,
    folder_queries,
    presence_queries,
    queries,
    task_queries,
    word_queries,
)
from api.services.webui.conversations import ConversationService
from api.services.webui.grounding import (
    FILES,
    in_chat,
    statuses,
)
from api.services.webui.making import ROLES, MakingService, checked
from api.services.webui.outputs import Item, output_of
from api.services.webui.places import asked_in, reopened, text_in, with_places
from api.services.webui.records import (
    Asked,
    Begun,
    Grounds,
    Said,
    TaskRecord,
    Tree,
    TreeMessage,
    Wanted,
    is_temporary,
    title_of,
)
from api.services.webui.seeing import pictures_of
from api.services.webui.variables import VARIABLES, braced, of_person
from api.things import Kind
from rag.llm.base import Delta

SILENCE_MS = 15_000
"""After this a task that nobody has renewed belongs to a process that died."""

DIED = "The server stopped while it made this answer: ask again."


class TaskService:
    """Keeps which answers are being made, and what there is of them, in the database."""

    def __init__(
        self, database: Database, conversations: ConversationService, making: MakingService
    ) -> None:
        """Initialize with the parts."""
        self.database = database
        self.conversations = conversations
        self.making = making

    def ask(self, asker: Principal, asked: Asked) -> Begun:
        """Keep a question with places for its answers, in a new chat where none is named.

        Raises NotFoundError, RuleError where there is nothing to answer, and ConflictError for an
        answer that is being made already.
        """
        if is_temporary(asked.chat_id):
            return self.begin_unkept(asker, asked)
        if asked.chat_id:
            return self.begin(asker, asked.chat_id, asked)
        if asked.question is None:
            raise RuleError("user_message: a new chat begins with a question.")
        spoken("", Tree(asked.question.message_id, (asked.question,)))
        return self.begin(asker, self.opened(asker, asked.question, asked), asked)

    def opened(self, asker: Principal, question: TreeMessage, asked: Asked) -> str:
        """Make a chat that is called as its first question begins; return its id."""
        title = title_of(str(question.body["content"]))
        body = {"models": [one.model for one in asked.wanted], FILES: [*asked.files]}
        made = self.conversations.create(asker, title, body, Tree(), asked.folder_id)
        return made.row.id

    @connected
    def begin_unkept(self, asker: Principal, asked: Asked) -> Begun:
        """Make a task for each answer in a chat of which nothing is kept; see `ask`."""
        fills = {**self.own_variables(asker), **asked.fills}
        system = filled(asked.system, fills)
        first = [{"role": "system", "content": system}] if system else []
        told = (one for one in asked.messages if one["role"] in ROLES and one["content"].strip())
        messages, references = checked((*first, *told)), tuple(references_of(asked.files))
        with self.database.atomic():
            self.check_free(asked.chat_id, asked)
            begun = [
                (
                    task_queries.add(self.database, asker.user_id, asked.chat_id, one.message_id),
                    replace(
                        one,
                        messages=messages,
                        way=replace(one.way, fills=fills),
                        after=(),
                        references=references,
                        pictures=asked.pictures,
                    ),
                )
                for one in asked.wanted
            ]
        return Begun(asked.chat_id, tuple(begun))

    def check_free(self, chat_id: str, asked: Asked) -> None:
        """Raise ConflictError for an answer that is being made already."""
        running = {task.message_id for task in task_queries.of_chat(self.database, chat_id)}
        if running & {one.message_id for one in asked.wanted}:
            raise ConflictError("This answer is being made already.")

    @connected
    def begin(self, asker: Principal, chat_id: str, asked: Asked) -> Begun:
        """Keep a question with places for its answers, and a task for each of these; see `ask`."""
        with self.database.atomic():
            queries.lock(self.database, chat_id)
            kept = self.conversations.found(asker, chat_id, Right.CHANGE)
            self.check_free(chat_id, asked)
            company.check_authors(asker, kept, [one.message_id for one in asked.wanted])
            folder = self.folder_data(kept.row.folder)
            rules = str(folder.get("system_prompt") or ""), asked.system
            body = {**kept.body, VARIABLES: asked.variables} if asked.variables else kept.body
            of_chat = braced(body.get(VARIABLES))
            fills = {**self.own_variables(asker), **of_chat, **asked.fills}
            system = filled("\n\n".join(filter(None, rules)), fills)
            earlier: tuple[Item, ...] = ()
            begun_with = text_in(kept.tree, asked.wanted[0].message_id) if asked.goes_on else ""
            if begun_with:
                tree, earlier = reopened(kept.tree, asked.wanted[0].message_id)
                messages = spoken(system, tree, begun=True)
            else:
                tree = with_places(kept.tree, asked.question, asked.wanted)
                messages = spoken(system, asked_in(tree, asked.question))
            in_company = kept.is_open
            if in_company:
                tree = company.signed_new(tree, kept.tree, asker.user_id)
            named, of_body = company.own_files(kept, tree, asker)
            pictures = pictures_of(named)
            references = in_chat(named, (of_body, folder), asked.files)
            queries.put_messages(self.database, chat_id, tree, kept.tree.messages)
            word_queries.learn_change(self.database, kept.row, kept.tree, tree)
            is_own = kept.row.user_id == asker.user_id
            changed: dict[str, object] = {"body": body} if asked.variables and is_own else {}
            times = {"update_time": now_ms(), "current_id": tree.current_id}
            queries.change(self.database, chat_id, {**changed, **times})
            begun = [
                (
                    task_queries.add(self.database, asker.user_id, chat_id, one.message_id),
                    replace(
                        one,
                        messages=messages,
                        way=replace(one.way, fills=fills),
                        begun=begun_with,
                        earlier=earlier,
                        references=references,
                        pictures=pictures,
                        in_company=in_company,
                    ),
                )
                for one in asked.wanted
            ]
        return Begun(chat_id, tuple(begun))

    def own_variables(self, asker: Principal) -> Mapping[str, str]:
        """Return what stands for variables of the asker; within a connection."""
        found = presence_queries.of_people(self.database, [asker.user_id])
        return of_person(found[0].variables) if found else {}

    def folder_data(self, folder_id: str) -> Mapping[str, object]:
        """Return what a folder says of its chats."""
        folder = folder_queries.find(self.database, folder_id) if folder_id else None
        return folder.data if folder else {}

    @connected
    def beat(self, task: TaskRecord) -> bool:
        """Renew a task; return whether it may go on."""
        return task_queries.beat(self.database, task.id)

    @connected
    def keep(self, task: TaskRecord, said: Said) -> None:
        """Keep what there is of an answer; with the end of it the task is gone."""
        with self.database.atomic():
            queries.lock(self.database, task.chat_id)
            if said.done and not task_queries.end(self.database, task.id):
                return
            queries.merge_message(self.database, task.chat_id, task.message_id, told(task, said))
            if said.done:
                queries.change(self.database, task.chat_id, {"update_time": now_ms()})
                self.learn(task, said.text)

    def learn(self, task: TaskRecord, text: str) -> None:
        """Let an answer be found by its words."""
        found = queries.find(self.database, task.chat_id)
        place = queries.place_of(self.database, task.chat_id, task.message_id)
        if found is not None and place is not None:
            word_queries.learn(self.database, found[0], [(place, text)])

    @connected
    def keep_grounds(self, task: TaskRecord, grounds: Grounds) -> None:
        """Keep with an answer what it rests on."""
        with self.database.atomic():
            queries.lock(self.database, task.chat_id)
            found = {"sources": grounds.sources, "statusHistory": statuses(grounds)}
            queries.merge_message(self.database, task.chat_id, task.message_id, found)

    @connected
    def of_chat(self, asker: Principal, chat_id: str) -> list[TaskRecord]:
        """Return the answers that are being made in a chat; raises NotFoundError."""
        if is_temporary(chat_id):
            return [one for one in self.of_person(asker) if one.chat_id == chat_id]
        self.conversations.reached(asker, chat_id, Right.READ)
        return task_queries.of_chat(self.database, chat_id)

    @connected
    def stoppable(self, asker: Principal, chat_id: str) -> list[TaskRecord]:
        """Return which of them the asker may stop: in a chat of others those made for them."""
        found = self.of_chat(asker, chat_id)
        if is_temporary(chat_id) or self.conversations.right(asker, chat_id) is Right.OWN:
            return found
        return [one for one in found if one.user_id == asker.user_id]

    @connected
    def stop_strangers(self, asker: Principal, chat_id: str) -> None:
        """Stop answers in a chat of the asker for people who may write in it no more."""
        for task in self.of_chat(asker, chat_id):
            who = Principal(task.user_id, task.user_id)
            if self.conversations.right(who, chat_id) < Right.CHANGE:
                task_queries.stop_one(self.database, task.user_id, task.id)

    @connected
    def stop(self, asker: Principal, chat_id: str) -> int:
        """Stop the answers that are being made in a chat; raises NotFoundError."""
        found = self.stoppable(asker, chat_id)
        for task in found:
            task_queries.stop_one(self.database, task.user_id, task.id)
        return len(found)

    @connected
    def of_person(self, asker: Principal) -> list[TaskRecord]:
        """Return the answers that are being made in the asker's chats."""
        return task_queries.of_person(self.database, asker.user_id)

    @connected
    def stop_one(self, asker: Principal, task_id: str) -> None:
        """Stop an answer that is being made in a chat of the asker; raises NotFoundError."""
        if not task_queries.stop_one(self.database, asker.user_id, task_id):
            raise NotFoundError(Kind.TASK, task_id)

    @connected
    def bury(self) -> list[TaskRecord]:
        """End the answers of processes that died; return those that this call has ended."""
        found = task_queries.dead(self.database, SILENCE_MS)
        for task in found:
            self.keep(task, Said(error=DIED, done=True))
        return found

    def pieces(
        self, asker: Principal, task: TaskRecord, wanted: Wanted, hear: Hear = unheard
    ) -> Generator[Delta | Grounds]:
        """Yield what an answer rests on, then the answer; closing this ends the call to the model.

        `hear` takes the events of code that is used for it.
        """
        chat_id = task.chat_id if is_temporary(task.chat_id) else shown_id(task.chat_id)
        place = Place(chat_id, task.message_id, wanted.session_id, wanted.model, hear=hear)
        yield from self.making.pieces(asker, wanted, place)


def spoken(system: str, tree: Tree, *, begun: bool = False) -> tuple[Mapping[str, str], ...]:
    """Return a branch as a model is told it, up to a question, or an answer that has `begun`.

    Raises RuleError where nothing is asked.
    """
    first = [{"role": "system", "content": system}] if system else []
    found = [
        {"role": str(one.body["role"]), "content": content}
        for one in tree.branch()
        if one.body.get("role") in ROLES
        for content in [one.body.get("content")]
        if isinstance(content, str) and content.strip()
    ]
    if begun:
        checked(found[:-1])
        return (*first, *found)
    return checked((*first, *found))


def told(task: TaskRecord, said: Said) -> Mapping[str, object]:
    """Return what of a message an answer changes."""
    found: dict[str, object] = {"done": said.done}
    output = output_of(task.id, said)
    if output:
        found["output"] = output
    if said.text or not said.error:
        found["content"] = said.text
    if said.usage:
        found["usage"] = said.usage
    if said.error:
        found["error"] = {"content": said.error}
    return found
