"""Tools that agents would use, which are not built."""

from api.apps.door import DOOR
from api.http.absent import refusing

blueprint = refusing(DOOR, "plugin", "Tools of agents")
