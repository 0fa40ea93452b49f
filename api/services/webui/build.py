"""Putting together what Open WebUI's clients need beside the rest of the server."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.services.accounts.build import AccountServices
from api.services.chats.build import ChatServices
from api.services.groups.grants import Finder
from api.services.models.prompts import PROMPTS, read_prompt
from api.services.people.build import PeopleServices
from api.services.sign_in.build import SignInServices
from api.services.stores.build import StoreServices
from api.services.tools.build import ToolServices
from api.services.webhooks.build import WebhookServices, build_webhooks
from api.services.webui.analytics import AnalyticsService
from api.services.webui.arena import ArenaService
from api.services.webui.conversations import ConversationService
from api.services.webui.copies import CopyService
from api.services.webui.ended import EndedService
from api.services.webui.entrance import EntranceService
from api.services.webui.epilogues import EpilogueService
from api.services.webui.finding import FindingService
from api.services.webui.folders import FolderService
from api.services.webui.grounding import GroundingService
from api.services.webui.lists import ListService
from api.services.webui.making import MakingService
from api.services.webui.media import MediaServices, build_media
from api.services.webui.memories import MemoryService
from api.services.webui.merging import MergingService
from api.services.webui.message_events import MessageEventService
from api.services.webui.note_documents import NoteDocumentService
from api.services.webui.notes import NoteService
from api.services.webui.oversight import OversightService
from api.services.webui.presence import PresenceService
from api.services.webui.prompts import PromptService
from api.services.webui.querying import QueryingService
from api.services.webui.ratings import RatingService
from api.services.webui.restoring import RestoreService
from api.services.webui.searching import SearchService
from api.services.webui.shared_folders import SharedFolderService
from api.services.webui.shares import ConversationShareService
from api.services.webui.tags import TagService
from api.services.webui.tasks import TaskService
from api.services.webui.templates import TemplateService
from api.services.webui.webhooks import WebhookService
from api.services.webui.workspace import WorkspaceService
from api.services.webui.writing import WritingService, read_writing_prompts
from api.things import Kind


@dataclass(frozen=True, slots=True)
class WebuiServices:
    """Signing in for weeks, conversations as trees, and the answers that are made in them."""

    entrance: EntranceService
    conversations: ConversationService
    tasks: TaskService
    restoring: RestoreService
    lists: ListService
    folders: FolderService
    tags: TagService
    shares: ConversationShareService
    copies: CopyService
    search: SearchService
    writing: WritingService
    epilogues: EpilogueService
    message_events: MessageEventService
    grounding: GroundingService
    prompts: PromptService
    notes: NoteService
    note_documents: NoteDocumentService
    finding: FindingService
    memories: MemoryService
    workspace: WorkspaceService
    ratings: RatingService
    tools: ToolServices
    ended: EndedService
    presence: PresenceService
    hooks: WebhookServices
    webhooks: WebhookService
    making: MakingService
    merging: MergingService
    analytics: AnalyticsService
    arena: ArenaService
    media: MediaServices
    oversight: OversightService
    shared_folders: SharedFolderService
    templates: TemplateService


def grantable(database: Database) -> Mapping[Kind, Finder]:
    """Return what finds that of which an asker may say who uses it, by kind."""
    shares = ConversationShareService(database, ConversationService(database))
    return {
        Kind.CHAT_FOLDER: FolderService(database).grantable,
        Kind.CONVERSATION: shares.grantable,
        Kind.NOTE: NoteService(database).grantable,
        Kind.PROMPT: PromptService(database).grantable,
    }


def build_grounding(
    stores: StoreServices, writing: WritingService, live: LiveSettings
) -> GroundingService:
    """Compose what reads the files and knowledge bases of questions."""
    querying = QueryingService(
        writing, lambda: live.current.frontend, lambda: live.current.retrieval
    )
    return GroundingService(stores.passages, querying, read_prompt("webui_sources"))


def build_writing(
    live: LiveSettings,
    accounts: AccountServices,
    chats: ChatServices,
    workspace: WorkspaceService,
) -> tuple[TemplateService, WritingService]:
    """Compose what fills prompts in, and what writes titles and the like by them."""
    templates = TemplateService(
        accounts.accounts.profile, lambda: live.current.frontend, read_prompt("webui_voice")
    )
    writing = WritingService(
        chats.suggestions,
        chats.chats,
        workspace,
        lambda: live.current.frontend,
        read_writing_prompts(PROMPTS),
        templates,
    )
    return templates, writing


def build_webui(
    database: Database,
    live: LiveSettings,
    accounts: AccountServices,
    sign_in: SignInServices,
    people: PeopleServices,
    chats: ChatServices,
    stores: StoreServices,
    tools: ToolServices,
) -> WebuiServices:
    """Compose the services; raises StartError where a prompt's file is missing."""
    kept, groups = ConversationService(database), tools.servers.grants.groups
    lists = ListService(database, kept)
    workspace = WorkspaceService(
        database, chats.chats, read_prompt("webui_knowledge"), lambda: live.current.frontend
    )
    templates, writing = build_writing(live, accounts, chats, workspace)
    grounding = build_grounding(stores, writing, live)
    memories = MemoryService(database, tools.models.embedding, lambda: live.current.frontend)
    notes, search = NoteService(database), SearchService(database, lists)
    presence, media = PresenceService(database), build_media(database, live, tools, stores)
    relays = tools.models.relays
    given = (workspace, chats.exchanges, relays, grounding, memories, tools, media)
    making = MakingService(*given, templates)
    return WebuiServices(
        EntranceService(sign_in.tokens, people.sign_up, accounts.keys),
        kept,
        TaskService(database, kept, making),
        RestoreService(database),
        lists,
        FolderService(database),
        TagService(database, kept),
        ConversationShareService(database, kept),
        CopyService(database, kept),
        search,
        writing,
        EpilogueService(database, kept, writing),
        MessageEventService(database, kept),
        grounding,
        PromptService(database),
        notes,
        NoteDocumentService(database, notes),
        FindingService(database, search, notes),
        memories,
        workspace,
        RatingService(database, people.people),
        tools,
        EndedService(database),
        presence,
        (hooks := build_webhooks(database, live, tools.servers.cipher)),
        WebhookService(database, presence, hooks.happenings, lambda: live.current),
        making,
        MergingService(writing, making, read_prompt("webui_moa")),
        AnalyticsService(database, people.people, groups),
        ArenaService(lambda: live.current.frontend, workspace, relays, people.people, groups),
        media,
        OversightService(database, kept, lists, people.people, lambda: live.current.frontend),
        SharedFolderService(database, lists),
        templates,
    )
