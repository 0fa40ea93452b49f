"""Assistants on pages that are shown to whoever has the link."""
