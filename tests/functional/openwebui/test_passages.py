"""Answers that rest on files and knowledge bases of a chat."""
