"""Where clients of MCP look for a sign-in by OAuth, which there is none of."""
