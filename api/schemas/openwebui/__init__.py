"""Open WebUI's API on the wire."""
