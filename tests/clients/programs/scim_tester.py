"""What scim2-tester says of a server: `scim_tester.py ADDRESS KEY`."""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ScimProvider
from scim2_tester import Status, check_server

address, key = sys.argv[1:]
with Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as line:
    client = SyncSCIMClient(line, provider=ScimProvider())
    client.discover()
    results = check_server(client)
told = [
    {"title": one.title, "status": one.status.name, "reason": one.reason or ""} for one in results
]
fine = sum(one.status is Status.SUCCESS for one in results)
print(json.dumps({"fine": fine, "others": [one for one in told if one["status"] != "SUCCESS"]}))
