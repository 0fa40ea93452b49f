"""Putting together what answers questions."""

import time
from dataclasses import dataclass

from api.attempts.base import Attempts
from api.config.places import SHIPPED
from api.db.connection import Database
from api.execution import Execution
from api.secrets import SecretKey
from api.services.chats.answering import AnsweringService
from api.services.chats.asking import AskingService
from api.services.chats.chats import ChatService
from api.services.chats.completions import CompletionService
from api.services.chats.conversations import ConversationService
from api.services.chats.dialogues import DialogueService
from api.services.chats.exchanges import ExchangeService
from api.services.chats.forms import ChatForms
from api.services.chats.prompts import read_prompts
from api.services.chats.records import Prompting
from api.services.chats.responses import ResponseService
from api.services.chats.search_apps import SearchAppService
from api.services.chats.sessions import SessionService
from api.services.chats.shares import ShareService
from api.services.chats.statistics import StatisticsService
from api.services.chats.suggestions import SuggestionService
from api.services.chats.talks import TalkService
from api.services.chats.visits import VisitService
from api.services.models.models import ModelService
from api.services.search.build import SearchServices
from rag.generation.answer import AnswerTools
from rag.tokenizing.counting import count_tokens
from rag.tokenizing.tokens import tokenize


@dataclass(frozen=True, slots=True)
class ChatServices:
    """Assistants, their sessions, and their answers, which sessions remember or the asker keeps.

    Responses are answers of assistants or plain models, each kept by itself.
    """

    chats: ChatService
    forms: ChatForms
    sessions: SessionService
    conversations: ConversationService
    completions: CompletionService
    exchanges: ExchangeService
    responses: ResponseService
    talks: TalkService
    dialogues: DialogueService
    suggestions: SuggestionService
    search_apps: SearchAppService
    asking: AskingService
    statistics: StatisticsService
    shares: ShareService
    visits: VisitService


def build_chats(
    database: Database,
    secret: SecretKey,
    attempts: Attempts,
    models: ModelService,
    search: SearchServices,
    execution: Execution,
) -> ChatServices:
    """Compose the services of chats; raises StartError where a prompt's file is missing."""
    prompts = read_prompts(SHIPPED / "conf" / "prompts")
    tools = AnswerTools(count_tokens, tokenize, time.perf_counter)
    answering = AnsweringService(
        search.retrieval, models, tools, prompts.citations, prompts.assistant
    )
    chats = ChatService(database, models, Prompting(prompts.assistant, prompts.opener))
    sessions = SessionService(database)
    conversations = ConversationService(database, sessions)
    completions = CompletionService(chats, sessions, answering, execution)
    exchanges = ExchangeService(chats, answering)
    suggestions = SuggestionService(models, prompts)
    apps = SearchAppService(database, chats)
    return ChatServices(
        chats=chats,
        forms=ChatForms(database, chats),
        sessions=sessions,
        conversations=conversations,
        completions=completions,
        exchanges=exchanges,
        talks=TalkService(models, sessions, answering, completions, exchanges),
        dialogues=DialogueService(conversations, completions, exchanges),
        suggestions=suggestions,
        search_apps=apps,
        statistics=StatisticsService(database),
        shares=ShareService(database, secret, chats),
        visits=VisitService(chats, sessions, completions, attempts),
        asking=AskingService(chats, apps, exchanges, search.retrieval, suggestions),
        responses=ResponseService(database, chats, exchanges, search.sources),
    )
