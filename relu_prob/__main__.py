"""``python -m relu_prob``: the command line."""

import sys

from relu_prob.cli import main

if __name__ == "__main__":  # worker processes import this file too
    sys.exit(main())
