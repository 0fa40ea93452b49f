"""Assistants and search apps on pages that are shown to anybody."""
