"""MCP: tools and resources for programs that work with a language model."""
