"""`python -m rb_studio.cli` is `rb-studio`."""

import sys

from rb_studio.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
