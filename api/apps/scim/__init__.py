"""SCIM 2.0, by which identity providers look after people."""
