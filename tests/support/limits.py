"""How long bodies may be, where the settings say nothing else."""

from api.config.settings import ServerSettings

JSON_BYTES = ServerSettings().max_json_bytes
"""The longest JSON that is read."""

OPEN_BYTES = ServerSettings().max_open_bytes
"""The longest body of a request to a page that anybody may ask."""
