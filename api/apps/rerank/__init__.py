"""Reranking, as clients of Cohere, Jina and TEI ask for it."""
