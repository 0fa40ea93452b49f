"""Pages that are shown to anybody: the addresses that they ask, and the token that they have."""

from flask.testing import FlaskClient

from tests.functional.library import data_of

OF_BOTS = ("/api/v1/chatbots", "/api/v1/searchbots", "/v1/conversation/getsse")
"""Pages that let in whoever has the token of a bot."""


def beta_of(client: FlaskClient) -> str:
    """Return the token of the bots of a client's tenant."""
    beta: str = data_of(client.get("/v1/system/token_list"))[0]["beta"]
    return beta
