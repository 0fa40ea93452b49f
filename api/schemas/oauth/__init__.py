"""OAuth on the wire, which there is none of."""
