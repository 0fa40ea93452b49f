"""Dify's external knowledge: datasets that Dify searches."""
