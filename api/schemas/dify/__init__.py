"""Dify's external knowledge on the wire."""
