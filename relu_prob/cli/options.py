"""The words of the command line: subcommands and their options."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from relu_prob._version import __version__
from relu_prob.cli import values
from relu_prob.cli.citation import BIBTEX

T = TypeVar("T")

PROGRAM = "relu-prob"
FORMATS = ("text", "json", "csv", "md", "tex")
# those of relu_prob.questions, which would bring sympy with them
METHODS = ("auto", "exact", "bracket", "estimate", "simulate")
DEATHS = ("initial", "permanent")
LOWERS = ("quick", "sharpest", "ray")
UPPERS = ("sharpest", "sign-ray", "sign")

DESCRIPTION = "Exact probabilities that ReLU networks are alive, and trainable, at random initialization."
EPILOG = """\
examples:
  relu-prob trainability 1-8-8-1 --need 2,2
  relu-prob counts 2-2-5-1 --layer 2 --format md
  relu-prob matrix 1-4-4-1 --layer 2 --symbolic --format tex
  relu-prob width 1-2-1 --depth 20 --need 1 --failure 1e-6
  relu-prob explain 3-8-8-1 --domain "box:0,1;0,1;0,1" --biases normal:1/3

Numbers are read exactly: 1/3 is a third and 0.1 a tenth. Quote a domain with ';' in it.
"""


class UsageError(Exception):
    """What is wrong with the words of the command line, in one line."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises instead of printing its usage and exiting."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: error: {message}")


class _Cite(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        print(BIBTEX)
        parser.exit()


def parser() -> Parser:
    """The parser of the whole command line."""
    top = Parser(
        PROGRAM,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    top.add_argument("--cite", action=_Cite, nargs=0, help="what to cite, as BibTeX, and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (fill, summary) in _COMMANDS.items():
        description = f"{summary[0].upper()}{summary[1:]}."
        fill(commands.add_parser(name, help=summary, description=description, allow_abbrev=False))
    return top


def _type(parse: Callable[[str], T]) -> Callable[[str], T]:
    """``parse`` as argparse wants it: it shows the message of no other exception."""

    def convert(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _network(command: Parser) -> None:
    group = command.add_argument_group("network")
    add = group.add_argument
    add("widths", type=_type(values.widths), metavar="widths", help="the architecture d-n_1-...-d_out, such as 1-8-8-1")
    add("--weights", type=_type(values.weights), metavar="LAW", help=f"{values.forms(values.WEIGHTS)} (default: he)")
    add(
        "--biases",
        type=_type(values.biases),
        metavar="LAW",
        help=f"{values.forms(values.BIASES)} (default: zero; with sphere, pytorch or rai weights the same as these)",
    )
    add("--domain", type=_type(values.domain), metavar="DOMAIN", help=f"{values.DOMAINS} (default: ball:1)")


def _layer(command: Parser, default: str = "the last") -> None:
    add = command.add_argument
    add("--layer", type=_type(values.positive), metavar="L", help=f"hidden layer, from 1 (default: {default})")


def _method(command: Parser) -> None:
    help = (
        "auto: a theorem, else the estimator (on at most three points) or simulation inside the bracket; "
        "exact: a theorem, or why there is none (default: auto)"
    )
    command.add_argument("--method", choices=METHODS, default="auto", help=help)
    _force(command)


def _relative_error(command: Parser) -> None:
    help = "draw more networks, until half the confidence interval is this part of the estimate"
    command.add_argument("--relative-error", type=_type(values.share), metavar="P", help=help)


def _force(command: Parser) -> None:
    command.add_argument("--force", action="store_true", help="compute exact chains however long it takes")


def _death(command: Parser) -> None:
    help = "count neurons as dead that are so at initialization, or only those that no training revives"
    command.add_argument("--death", choices=DEATHS, default="initial", help=f"{help} (default: initial)")


def _sampling(command: Parser, level: str = "0.99", meaning: str = "confidence level of its intervals") -> None:
    group = command.add_argument_group("simulation")
    add = group.add_argument
    add("--samples", type=_type(values.positive), default=100_000, metavar="N", help="networks to draw (default: 1e5)")
    # a fresh seed, known here so that the answer can say it
    add("--seed", type=_type(values.integer), default=secrets.randbits(32), metavar="N", help="default: a fresh one")
    add("--level", type=_type(values.level), default=level, metavar="P", help=f"{meaning} (default: {level})")
    add("--jobs", type=_type(values.positive), default=1, metavar="N", help="processes (default: 1)")


def _output(command: Parser, *, digits: bool = True) -> None:
    group = command.add_argument_group("output")
    group.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    if digits:
        help = "digits to show; chains that are slow in exact fractions are then enclosed to as many digits"
        group.add_argument("--digits", type=_type(values.digits), metavar="N", help=help)
    group.add_argument("--quiet", action="store_true", help="the answer alone, and no progress bar")


def _counts(command: Parser) -> None:
    _network(command)
    _layer(command)
    _method(command)
    _relative_error(command)
    _sampling(command)
    _output(command)


def _matrix(command: Parser) -> None:
    _network(command)
    _layer(command)
    command.add_argument("--symbolic", action="store_true", help="one formula for all entries, instead of numbers")
    methods = [method for method in METHODS if method != "bracket"]
    command.add_argument("--method", choices=methods, default="auto", help="default: auto")
    _sampling(command)
    _output(command)


def _trainability(command: Parser) -> None:
    _network(command)
    help = "active neurons that the task needs, a number for each hidden layer"
    command.add_argument("--need", type=_type(values.need), required=True, metavar="M,M,...", help=help)
    _death(command)
    _method(command)
    _relative_error(command)
    _sampling(command)
    _output(command)


def _born_dead(command: Parser) -> None:
    _network(command)
    which = command.add_mutually_exclusive_group()
    which.add_argument("--layer", type=_type(values.positive), metavar="L", help="hidden layer (default: the last)")
    which.add_argument("--by-layer", action="store_true", help="for each layer, that it is the first to be dead")
    _method(command)
    _relative_error(command)
    _sampling(command)
    _output(command)


def _design(command: Parser) -> None:
    _network(command)
    help = "active neurons that each hidden layer needs (default: 1)"
    command.add_argument("--need", type=_type(values.positive), default=1, metavar="M", help=help)
    goal = command.add_mutually_exclusive_group(required=True)
    goal.add_argument("--target", type=_type(values.share), metavar="P", help="the trainability to reach")
    goal.add_argument("--failure", type=_type(values.share), metavar="P", help="1 minus the trainability to reach")
    command.add_argument("--limit", type=_type(values.positive), metavar="N", help="the largest to look at")
    _output(command)


def _width(command: Parser) -> None:
    _design(command)
    help = "hidden layers, instead of those of the architecture"
    command.add_argument("--depth", type=_type(values.positive), metavar="N", help=help)


def _propose(command: Parser) -> None:
    _network(command)
    add = command.add_argument
    add("--depth", type=_type(values.positive), metavar="N", help="hidden layers, instead of those of the architecture")
    help = "active neurons that the hidden layers need, one number for all or one for each (default: 1)"
    add("--need", type=_type(values.need), default=(1,), metavar="M[,M,...]", help=help)
    goal = command.add_mutually_exclusive_group(required=True)
    goal.add_argument("--target", type=_type(values.share), metavar="P", help="the trainability to guarantee")
    goal.add_argument("--failure", type=_type(values.share), metavar="P", help="1 minus the trainability to guarantee")
    goal.add_argument("--budget", type=_type(values.positive), metavar="N", help="the most parameters")
    add("--unequal", action="store_true", help="hidden layers may have different widths")
    help = "the lower bounds to use: the quick ones, all, or the ray chain (default: quick)"
    add("--lower", choices=LOWERS, default="quick", help=help)
    add("--limit", type=_type(values.positive), metavar="N", help="the largest width to look at")
    _output(command)


def _explain(command: Parser) -> None:
    _network(command)
    help = "every theorem that misses a layer, not only those that would cover it if one argument were different"
    command.add_argument("--everything", action="store_true", help=help)
    _output(command)


def _simulate(command: Parser) -> None:
    _network(command)
    _layer(command, "all")
    _death(command)
    _sampling(command)
    _output(command)


def _verify(command: Parser) -> None:
    _network(command)
    which = command.add_mutually_exclusive_group()
    which.add_argument("--layer", type=_type(values.positive), metavar="L", help="hidden layer (default: all)")
    help = "test P(N_1 >= M, N_2 >= M, ...) instead of the layers"
    which.add_argument("--need", type=_type(values.need), metavar="M,M,...", help=help)
    _sampling(command, "1e-6", "probability with which a correct theory may be rejected")
    _output(command, digits=False)


def _bracket(command: Parser) -> None:
    _network(command)
    _layer(command)
    help = "the law below: the best of the quick ones, of all, or the ray chain (default: quick)"
    command.add_argument("--lower", choices=LOWERS, default="quick", help=help)
    help = "the law above: the sharpest, or the sign chain with or without the ray chain (default: sharpest)"
    command.add_argument("--upper", choices=UPPERS, default="sharpest", help=help)
    _force(command)
    _output(command)


def _diagnose(command: Parser) -> None:
    help = (
        "an .onnx file of a fully connected ReLU network, or an .npz file of weights_0, biases_0, weights_1, ..., the "
        "last of them those of the output layer"
    )
    command.add_argument("file", metavar="network", help=help)
    help = (
        "the inputs, one a row: an .npy file, an .npz file of one array, of shape (m, d) (for an .onnx network also "
        "(m, ...), flattened), or a .csv file"
    )
    command.add_argument("data", metavar="data", help=help)
    group = command.add_argument_group("law at initialization: did training do it, or is the network born this way?")
    law = "at initialization"
    for name, parse, names in (("weights", values.weights, values.WEIGHTS), ("biases", values.biases, values.BIASES)):
        group.add_argument(f"--{name}", type=_type(parse), metavar="LAW", help=f"{law}: {values.forms(names)}")
    _output(command, digits=False)


def _tables(command: Parser) -> None:
    command.add_argument("names", nargs="*", metavar="name", help="scripts to run, such as t1 (default: all)")
    command.add_argument("--folder", default="paper_tables", help="where the scripts t*.py are (default: paper_tables)")
    _output(command, digits=False)


_COMMANDS: dict[str, tuple[Callable[[Parser], None], str]] = {
    "counts": (_counts, "the law of the number of active neurons in a layer"),
    "matrix": (_matrix, "the transition matrix of active-neuron counts from one layer to the next"),
    "trainability": (_trainability, "the probability that every layer has the neurons that a task needs"),
    "born-dead": (_born_dead, "the probability that some layer is entirely dead"),
    "width": (_width, "the smallest width of the hidden layers for a target trainability"),
    "depth": (_design, "the largest number of hidden layers for a target trainability"),
    "design": (_propose, "hidden widths that are guaranteed to reach a trainability, or to fit a number of parameters"),
    "explain": (_explain, "which theorem answers for each layer, and why a stronger one does not"),
    "simulate": (_simulate, "count the living neurons of simulated networks"),
    "verify": (_verify, "test theory against simulation, at a stated level; exit status 1 where they disagree"),
    "bracket": (_bracket, "two laws that enclose the number of active neurons, for every network"),
    "diagnose": (_diagnose, "who is dead in a given network on data, who for ever, and why"),
    "tables": (_tables, "run the scripts that reproduce the tables and figures of the paper"),
}
