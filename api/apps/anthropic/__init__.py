"""Anthropic's API: messages answered by assistants."""
