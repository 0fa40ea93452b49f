"""Gets to the server as a client of MCP does that has no key: it signs its user in first.

It finds the provider by the server's metadata, registers there by itself, and is sent back with a
code. The user's browser is one that the provider knows nothing of.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

url = sys.argv[1]
BACK = "http://127.0.0.1:1/callback"


class Memory:
    """Keeps what the client gets."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


came: list[str] = []


async def sign_in(address: str) -> None:
    async with httpx2.AsyncClient() as browser:
        for _ in range(10):
            if address.startswith(BACK):
                break
            answer = await browser.get(address)
            address = urljoin(address, answer.headers["Location"])
    came.append(address)


async def come_back() -> AuthorizationCodeResult:
    found = parse_qs(urlsplit(came[-1]).query)
    return AuthorizationCodeResult(
        code=found["code"][0], state=found["state"][0], iss=found.get("iss", [None])[0]
    )


async def main() -> None:
    auth = OAuthClientProvider(
        server_url=url,
        client_metadata=OAuthClientMetadata(
            redirect_uris=[BACK], token_endpoint_auth_method="none", client_name="of a test"
        ),
        storage=Memory(),
        redirect_handler=sign_in,
        callback_handler=come_back,
    )
    async with httpx2.AsyncClient(auth=auth) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            tools = await client.list_tools()
    print(json.dumps({"tools": [tool.name for tool in tools.tools], "sign_ins": len(came)}))


asyncio.run(main())
