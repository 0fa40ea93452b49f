"""What is checked before the packages of a server are installed: settings and port.

`python -m api.cli.starting` needs those packages alone that `api.config` imports.
"""

import sys

from api.config.sources import load_settings
from api.config.stored import stored_plainly
from api.errors import StartError
from api.processes.listening import check_port


def main() -> int:
    """Return 0 if a server could start; else print a line per problem, and return 1."""
    try:
        server = load_settings(stored=stored_plainly).server
        check_port(server.host, server.port)
    except StartError as error:
        for line in error.message.splitlines():
            sys.stderr.write(f"raglan: {line}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
