"""The command line, a thin skin over the questions: ``relu-prob trainability 1-8-8-1 --need 2,2``.

Each subcommand imports what it needs when it runs, so that ``relu-prob --version`` answers at once.
"""

from relu_prob.cli.program import main

__all__ = ["main"]
