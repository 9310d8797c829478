"""``python -m tinsmith``: the command line."""

import sys

from tinsmith.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
