"""What the tests of MCP's door share."""

import pytest

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.corpus import Corpus, lay_down


@pytest.fixture
def corpus(services: Services, member: Member) -> Corpus:
    """Give `member` a dataset with a document."""
    return lay_down(services, member.account.id)
