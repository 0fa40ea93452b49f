"""Anthropic's API on the wire."""
