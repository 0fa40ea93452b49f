"""MCP on the wire: messages of its two eras, the tools, and what they return."""
