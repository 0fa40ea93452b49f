"""The description of all doors, for programs and for people."""
