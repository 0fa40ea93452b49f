"""Knowledge bases, which are datasets: listed, made, changed, shared and deleted."""

from collections.abc import Sequence

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.grant import AccessRequest
from api.schemas.openwebui.knowledge import (
    BaseChangeRequest,
    BaseRequest,
    ListQuery,
    ResetQuery,
    present_base,
    present_bases,
    present_filled_base,
)
from api.schemas.openwebui.session import present_truth
from api.services.groups.records import WantedGrant
from api.services.stores.knowledge_bases import KnowledgeBases
from api.services.stores.knowledge_records import NO_BASES, Base
from api.services.stores.knowledge_values import Wanted
from api.services.unset import UNSET
from api.things import Kind

BASES = "/api/v1/knowledge"
ONE_BASE = f"{BASES}/<dataset_id>"

blueprint = Blueprint("knowledge", __name__)


def kept() -> KnowledgeBases:
    """Return what keeps knowledge bases."""
    return services().stores.knowledge_bases


def shared(dataset_id: str, wanted: Sequence[WantedGrant]) -> Base:
    """Grant a knowledge base to these, and to nobody else, and return it."""
    services().groups.sharing.share(principal(), Kind.DATASET, dataset_id, wanted)
    return kept().get(principal(), dataset_id)


def filled(base: Base) -> Response:
    """Answer with a knowledge base and the newest of its files."""
    files = kept().list_files(principal(), base.dataset.id, Wanted(order="create_time"))
    return success(present_filled_base(base, files))


@blueprint.get(BASES)
@blueprint.get(f"{BASES}/search")
@reads_only
@signed_in_only
def list_bases() -> Response:
    """List the knowledge bases that the asker may read, 30 a page."""
    wanted = query_arguments(ListQuery)
    if wanted.is_elsewhere():
        return success(present_bases(NO_BASES))
    return success(present_bases(kept().list_page(principal(), wanted.wanted(), wanted.whose())))


@blueprint.post(f"{BASES}/create")
@signed_in_only
def create() -> Response:
    """Make a knowledge base; a name that is taken gets a number."""
    body = json_body(BaseRequest)
    grants = body.first()
    services().groups.sharing.check(principal(), grants)
    made = kept().create(principal(), body.name, body.description)
    return success(present_base(shared(made.dataset.id, grants) if grants else made))


@blueprint.get(ONE_BASE)
@reads_only
@signed_in_only
def show(dataset_id: str) -> Response:
    """Show a knowledge base with the newest of its files."""
    return filled(kept().get(principal(), key_of(dataset_id)))


@blueprint.post(f"{ONE_BASE}/update")
@signed_in_only
def change(dataset_id: str) -> Response:
    """Change what is given of a knowledge base."""
    body, key = json_body(BaseChangeRequest), key_of(dataset_id)
    grants = body.granted()
    if grants is not UNSET:
        services().groups.sharing.check_change(principal(), Kind.DATASET, key, grants)
    services().library.datasets.update(principal(), key, body.change())
    return filled(kept().get(principal(), key) if grants is UNSET else shared(key, grants))


@blueprint.post(f"{ONE_BASE}/access/update")
@signed_in_only
def set_access(dataset_id: str) -> Response:
    """Say to whom a knowledge base is granted: to these, and to nobody else."""
    wanted = json_body(AccessRequest).wanted()
    return filled(shared(key_of(dataset_id), wanted))


@blueprint.post(f"{ONE_BASE}/reset")
@signed_in_only
def reset(dataset_id: str) -> Response:
    """Empty a knowledge base; files of the asker's go that are in no other."""
    found = kept().reset(principal(), key_of(dataset_id))
    if query_arguments(ResetQuery).include_directories:
        services().stores.directories.dissolve(principal(), found.dataset.id)
    return filled(found)


@blueprint.delete(f"{ONE_BASE}/delete")
@signed_in_only
def delete(dataset_id: str) -> Response:
    """Delete a knowledge base; the files that were put into it stay."""
    kept().delete(principal(), key_of(dataset_id))
    return success(present_truth(value=True))
