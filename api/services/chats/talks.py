"""Questions with an assistant or without one, in a session that remembers them or in none."""

from api.errors import ArgumentError, BlankQuestionError, NotConfiguredError, UnusableModelError
from api.services.accounts.records import Principal
from api.services.chats.answering import AnsweringService, read_whole
from api.services.chats.completions import CompletionService
from api.services.chats.exchanges import ExchangeService
from api.services.chats.models import ChatModels
from api.services.chats.records import (
    AnswerRecord,
    AssistantRecord,
    Generation,
    Parts,
    Prompting,
    Reply,
)
from api.services.chats.sessions import SessionService
from api.services.chats.values import Question, Talk
from api.services.unset import UNSET
from rag.engines.defaults import THRESHOLD, TOP_K, TOP_N, VECTOR_WEIGHT

BEGUN = "New session"
"""The name of a session that a question without one starts."""

NO_MODEL = "There is no chat model: name one in `llm_id`, or set `models.chat_model`."

PLAIN = AssistantRecord(
    id="",
    tenant_id="",
    dataset_ids=(),
    generation=Generation(),
    prompting=Prompting("", "", variables=(), show_quote=False),
    threshold=THRESHOLD,
    vector_weight=VECTOR_WEIGHT,
    top_n=TOP_N,
    top_k=TOP_K,
    reranker="",
)
"""What answers where no assistant is named: a model alone."""


class TalkService:
    """Answers questions wherever they are asked; it puts together what the others do."""

    def __init__(
        self,
        models: ChatModels,
        sessions: SessionService,
        answering: AnsweringService,
        completions: CompletionService,
        exchanges: ExchangeService,
    ) -> None:
        """Initialize with the parts."""
        self.models = models
        self.sessions = sessions
        self.answering = answering
        self.completions = completions
        self.exchanges = exchanges

    def ask(self, asker: Principal, talk: Talk) -> Reply:
        """Return the answer to a question, which is made while its parts are read."""
        if not talk.inquiry.question.strip():
            raise BlankQuestionError
        self.check_model(asker, talk)
        if talk.chat_id and talk.is_kept:
            return self.remembered(asker, talk)
        return Reply(talk.session_id, None, self.unremembered(asker, talk))

    def answer(self, asker: Principal, talk: Talk) -> AnswerRecord:
        """Return the whole answer to a question."""
        return read_whole(self.ask(asker, talk).parts, AnswerRecord)

    def remembered(self, asker: Principal, talk: Talk) -> Reply:
        """Answer within a session, which is started if none is named."""
        session_id = talk.session_id or self.begun(asker, talk)
        inquiry = talk.inquiry
        question = Question(
            inquiry.question,
            session_id,
            variables=inquiry.variables,
            generation=inquiry.generation,
            history=inquiry.history if talk.brings_history else None,
        )
        return self.completions.ask(asker, talk.chat_id, question)

    def begun(self, asker: Principal, talk: Talk) -> str:
        """Start a session and return its id."""
        begun = self.sessions.create(asker, talk.chat_id, BEGUN, talk.user_id)
        return begun.session.id

    def unremembered(self, asker: Principal, talk: Talk) -> Parts:
        """Answer without storing anything."""
        if talk.chat_id:
            return self.exchanges.ask(asker, talk.chat_id, talk.inquiry)
        plain = PLAIN._replace(tenant_id=asker.tenant_id)
        return self.exchanges.parts(self.answering.begin(asker, plain, talk.inquiry))

    def check_model(self, asker: Principal, talk: Talk) -> None:
        """Refuse a model that cannot be used, and to answer without any where there is none."""
        named = talk.inquiry.generation.model_name
        name = "" if named is UNSET else named
        try:
            model = self.models.chat_model(asker.tenant_id, name)
        except ArgumentError as error:
            raise UnusableModelError(name) from error
        if model is None and not talk.chat_id:
            raise NotConfiguredError(NO_MODEL)
