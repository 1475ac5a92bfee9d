"""The subcommands: from parsed arguments to an answer, one function for each."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import relu_prob as rp
from relu_prob.cli import files
from relu_prob.cli.answers import Answer, Formula, Law, ManyProbabilities, Matrix, OneProbability, provenance
from relu_prob.cli.reports import Diagnosed, Enclosure, Proposal, Range, Reasons, Runs, Simulated, Verdict
from relu_prob.cli.workers import workers
from relu_prob.questions import arguments, catalogue
from relu_prob.questions.arguments import Options
from relu_prob.questions.count_law import Simulation, sampled_law

# what bad input, an uncovered network or a computation that takes too long raises, and says in words for the user
REFUSALS = (ValueError, ArithmeticError, OSError, rp.CostError)


def counts(args: Namespace) -> Answer:
    """The law of the number of active neurons in a layer."""
    net = _network(args)
    with _sampling(args) as sampling:
        asked: dict[str, Any] = {"method": args.method, **_chains(args, net), **sampling}
        law = rp.count_law(net, layer=args.layer, relative_error=args.relative_error, **asked)
    facts = {"network": str(net), **provenance([law], args.seed)}
    return Law(f"N_{law.layer}, the number of active neurons in layer {law.layer}", facts, law, args.digits)


def matrix(args: Namespace) -> Answer:
    """A transition matrix, in numbers or as a formula."""
    net = _network(args)
    layer = arguments.layer(net, args.layer)
    title = f"P(N_{layer} = j | N_{layer - 1} = i)" if layer > 1 else "P(N_1 = j)"
    if args.symbolic:
        entry = rp.transition_matrix(net, layer=layer, symbolic=True)
        theorem = catalogue.require(net, layer)
        return Formula(title, {"network": str(net), "method": theorem.name, "source": theorem.source}, entry)
    with _sampling(args) as sampling:
        found = rp.transition_matrix(net, layer=layer, method=args.method, **sampling)
    defined = [row for row in found.rows if row is not None]
    return Matrix(title, {"network": str(net), **provenance(defined, args.seed)}, found, args.digits)


def trainability(args: Namespace) -> Answer:
    """The probability that every layer has the neurons that a task needs."""
    net = _network(args)
    with _sampling(args) as sampling:
        asked: dict[str, Any] = {"method": args.method, **_chains(args, net), **sampling}
        found = rp.trainability(net, need=args.need, death=args.death, relative_error=args.relative_error, **asked)
    title = f"P({', '.join(f'N_{l} >= {m}' for l, m in enumerate(args.need, 1))})"
    facts = {"N_l counts": _counted(args.death), "network": str(net), **provenance([found], args.seed)}
    return OneProbability(title, facts, found, args.digits)


def born_dead(args: Namespace) -> Answer:
    """The probability that some layer is entirely dead, or of each layer that it is the first."""
    net = _network(args)
    with _sampling(args) as sampling:
        asked: dict[str, Any] = {"method": args.method, **_chains(args, net), **sampling}
        asked["relative_error"] = args.relative_error
        if args.by_layer:
            first = rp.first_dead_layer(net, **asked)
            events = {f"layer {l} is the first dead one": p for l, p in enumerate(first, 1)}
            facts = {"network": str(net), **provenance(first, args.seed)}
            return ManyProbabilities("the first layer to be entirely dead", facts, events, args.digits)
        found = rp.born_dead(net, layer=args.layer, **asked)
    layer = arguments.layer(net, args.layer)
    return OneProbability(
        f"P(N_{layer} = 0)", {"network": str(net), **provenance([found], args.seed)}, found, args.digits
    )


def width(args: Namespace) -> Answer:
    """The smallest width for a target trainability."""
    net = _network(args)
    if args.depth is not None:
        net = net.with_hidden_widths([net.hidden_widths[0]] * args.depth)
    found = rp.smallest_width(net, **_goal(args))
    layers = "1 hidden layer" if net.depth == 1 else f"{net.depth} hidden layers"
    asked = f"the smallest width of {layers} with {_goal_text(args)}"
    return Range(asked, {"laws and domain": _laws(net)}, found, args.digits)


def depth(args: Namespace) -> Answer:
    """The largest depth for a target trainability."""
    net = _network(args)
    found = rp.largest_depth(net, **_goal(args))
    asked = f"the largest number of hidden layers of width {net.hidden_widths[0]} with {_goal_text(args)}"
    return Range(asked, {"laws and domain": _laws(net)}, found, args.digits)


def design(args: Namespace) -> Answer:
    """Hidden widths with a guaranteed trainability."""
    net = _network(args)
    limit = {} if args.limit is None else {"limit": args.limit}
    found = rp.design(
        net,
        depth=args.depth,
        need=args.need[0] if len(args.need) == 1 else args.need,
        target=args.target,
        failure=args.failure,
        budget=args.budget,
        equal=not args.unequal,
        lower=args.lower,
        **limit,
    )
    needs = ", ".join(f"N_{l} >= {m}" for l, m in enumerate(found.need, 1))
    return Proposal(f"a design for {needs}", {"network": str(found.network)}, found, args.digits)


def explain(args: Namespace) -> Answer:
    """Which theorem answers for each layer."""
    net = _network(args)
    return Reasons(str(net), {}, rp.explain(net, everything=args.everything), args.digits)


def simulate(args: Namespace) -> Answer:
    """The counts of simulated networks."""
    net = _network(args)
    layers = range(1, net.depth + 1) if args.layer is None else [arguments.layer(net, args.layer)]
    with _sampling(args) as sampling:
        simulation = Simulation(net, Options("simulate", **sampling), args.death)
        laws = [sampled_law(net, l, (None,) * (l - 1), simulation, None) for l in layers]
    found = simulation.counts
    exact = "in every layer" if found.exact else f"in layers 1 to {found.exact_layers}, else at most the truth"
    facts = {
        "N_l counts": _counted(args.death),
        "network": str(net),
        "counts exact": exact,
        "seed": str(args.seed),
    }
    return Simulated(f"{found.samples} simulated networks", facts, found, laws, args.digits)


def diagnose(args: Namespace) -> Answer:
    """Who is dead in a given network on data."""
    net = files.network(args.file)
    data = files.inputs(args.data, flat=args.file.endswith(".onnx"))
    law = None
    if args.weights is not None or args.biases is not None:
        law = rp.Network(net.widths, weights=args.weights, biases=args.biases)
    try:
        found = rp.diagnose(net, data, initialization=law, progress=False if args.quiet else None)
    except TypeError as error:  # of the file's numbers, not of the program
        raise ValueError(str(error)) from None
    facts = {"network": f"{net}, from {args.file}", "data": f"{found.inputs} inputs, from {args.data}"}
    if law is not None:
        facts |= {"at initialization": f"{law.weights!r} weights, {law.biases!r} biases"}
        facts |= provenance([layer.at_initialization for layer in found.layers if layer.at_initialization], 0)
    return Diagnosed(facts, found)


def verify(args: Namespace) -> Answer:
    """Theory against simulation."""
    net = _network(args)
    with _sampling(args) as sampling:
        agreement = rp.agree(net, layer=args.layer, need=args.need, **sampling)
    return Verdict({"network": str(net), "seed": str(args.seed)}, agreement)


def bracket(args: Namespace) -> Answer:
    """Two laws that enclose the number of active neurons."""
    net = _network(args)
    found = rp.bracket(net, layer=args.layer, lower=args.lower, upper=args.upper, **_chains(args, net))
    layer = found.low.layer
    asked = f"P(N_{layer} >= j), N_{layer} the number of active neurons in layer {layer}"
    return Enclosure(asked, {"network": str(net)}, found, args.digits)


def tables(args: Namespace) -> Answer:
    """Run scripts of a folder."""
    folder = Path(args.folder)
    if not folder.is_dir():
        raise ValueError(f"argument --folder: must be a folder of scripts t*.py, got {args.folder!r}")
    scripts = {script.stem: script for script in sorted(folder.glob("t*.py"))}
    if not scripts:
        raise ValueError(f"argument --folder: must be a folder of scripts t*.py, got {args.folder!r}, which has none")
    chosen = [_script(name, scripts) for name in args.names] or list(scripts)
    # what the scripts print goes to stderr, so that stdout is the answer in its format
    output = subprocess.DEVNULL if args.quiet else 2
    commands = {name: [sys.executable, str(scripts[name])] for name in chosen}
    statuses = {name: subprocess.run(command, stdout=output).returncode for name, command in commands.items()}
    return Runs(str(folder), statuses)


def _script(name: str, scripts: dict[str, Path]) -> str:
    """The script of that name, with or without what follows its number: t1 is t1_name.py."""
    matches = [stem for stem in scripts if stem == name.removesuffix(".py") or stem.startswith(f"{name}_")]
    if len(matches) != 1:
        raise ValueError(f"argument name: must be one of {', '.join(scripts)}, got {name!r}")
    return matches[0]


def _network(args: Namespace) -> rp.Network:
    return rp.Network(args.widths, weights=args.weights, biases=args.biases, domain=args.domain)


@contextmanager
def _sampling(args: Namespace) -> Iterator[dict[str, Any]]:
    """The arguments of a simulation."""
    with workers(args.jobs) as executor:
        yield {
            "samples": args.samples,
            "rng": args.seed,
            "level": args.level,
            "executor": executor,
            "progress": False if args.quiet else None,
        }


def _chains(args: Namespace, net: rp.Network) -> dict[str, Any]:
    """The arithmetic of the bracket's chains: exact where that is fast or insisted on, whatever the digits shown."""
    slow = args.digits is not None and not args.force and Options().affordable(net).digits is not None
    return {"digits": args.digits if slow else None, "force": args.force}


def _goal(args: Namespace) -> dict[str, Any]:
    limit = {} if args.limit is None else {"limit": args.limit}
    return {"need": args.need, "target": args.target, "failure": args.failure, **limit}


def _goal_text(args: Namespace) -> str:
    goal = f">= {args.target}" if args.failure is None else f">= 1 - {args.failure}"
    return f"P(N_l >= {args.need} in every layer l) {goal}"


def _laws(net: rp.Network) -> str:
    return str(net).partition(", ")[2]


def _counted(death: str) -> str:
    return "active neurons" if death == "initial" else "neurons that are not permanently dead"
