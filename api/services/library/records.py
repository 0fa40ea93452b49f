"""What the library's services return."""

from typing import NamedTuple


class DatasetRecord(NamedTuple):
    """A dataset as it is kept; times in ms since the epoch, `parser_config` as JSON text."""

    id: str
    tenant_id: str
    name: str
    avatar: str
    description: str
    language: str
    embedding_model: str
    permission: str
    created_by: str
    document_count: int
    token_num: int
    chunk_count: int
    similarity_threshold: float
    vector_similarity_weight: float
    chunk_method: str
    parser_config: str
    pagerank: int
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Tell whether the members of the tenant may use it, too."""
        return self.permission == TEAM


TEAM = "team"
"""The permission of a dataset that all members of its tenant may use."""
