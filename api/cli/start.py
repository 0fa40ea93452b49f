"""What the command `raglan` begins with, before anything that takes long to load."""

from api.signals import run


def main() -> None:
    """Run the command line."""
    run("api.cli.main", "main")
