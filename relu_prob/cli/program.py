"""From the words on the command line to an exit status."""

from __future__ import annotations

import importlib
import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from relu_prob.cli import options

BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main(argv: Sequence[str] | None = None) -> int:
    """Answer one subcommand and return the exit status.

    Returns
    -------
    int
        0 for an answer; 1 where theory and simulation disagree, or a script of the tables fails; 2 for bad input, a
        network that no theorem covers, or a computation that would take too long, with the reason on stderr;
        130 after an interrupt.

    Examples
    --------
    >>> main(["born-dead", "1-4-4-1", "--quiet"])
    P(N_2 = 0): 23/2048 = 0.01123046875, exact
    0
    """
    try:
        return _run(options.parser().parse_args(argv))
    except options.UsageError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _run(args: Namespace) -> int:
    # imported only now, because the questions bring sympy with them
    commands = importlib.import_module("relu_prob.cli.commands")
    rendering = importlib.import_module("relu_prob.cli.rendering")
    try:
        answer = getattr(commands, args.command.replace("-", "_"))(args)
        text = rendering.render(answer, args.format, args.quiet)
    except commands.REFUSALS as error:
        return _refuse(f"{options.PROGRAM} {args.command}: error: {error}")
    _write(text)
    return int(answer.status)


def _write(text: str) -> None:
    """Print, also where the terminal cannot write every character, and quietly where the reader has seen enough."""
    encoding = sys.stdout.encoding or "utf-8"
    about = "≈".encode(encoding, "replace").decode(encoding).replace("?", "~")
    try:
        print(text.replace("≈", about).encode(encoding, "replace").decode(encoding), flush=True)
    except BrokenPipeError:
        # otherwise the interpreter fails once more when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return BAD_INPUT
