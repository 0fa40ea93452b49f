"""The dialect of SCIM 2.0."""
