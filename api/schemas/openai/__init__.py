"""OpenAI's API on the wire."""
