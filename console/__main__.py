"""`python -m console`: serve the console until told to stop."""

import sys

from console.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
