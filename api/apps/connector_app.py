"""Connectors to other sources of data, which are not built."""

from api.apps.door import DOOR
from api.http.absent import refusing

blueprint = refusing(DOOR, "connector", "Connectors to other sources of data")
