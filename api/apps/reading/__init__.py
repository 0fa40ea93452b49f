"""The text of files, as Open WebUI asks for it."""
