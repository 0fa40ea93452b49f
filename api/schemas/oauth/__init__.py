"""OAuth on the wire."""
