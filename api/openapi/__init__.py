"""What the server answers to, in the form of OpenAPI 3.1, read from its pages."""
