"""Ollama's API: assistants as models for programs that know no keys."""
