"""Deciding, on an interval or a box, which neurons of a given network fire somewhere; never by guessing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import product
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relu_prob import checks
from relu_prob.concrete import chance, exact
from relu_prob.concrete.bounds import Range, above, below, onward, start, with_errors
from relu_prob.concrete.diagnosis import concrete
from relu_prob.concrete.domain_diagnosis import DomainDiagnosis, Evidence, LayerVerdicts, Verdict
from relu_prob.concrete.exact import Point
from relu_prob.concrete.known import Known
from relu_prob.concrete.network import ConcreteNetwork, Rng
from relu_prob.concrete.pieces import TimeIsUp, Vertices, on_path, on_polygons
from relu_prob.concrete.program import Program
from relu_prob.domains import Box, Interval
from relu_prob.network import Network

Array = NDArray[np.float64]

MOST_CORNERS = 10
"""Boxes of at most this dimension are looked at in all their corners."""

MOST_WEIGHTS = 300_000
"""Networks of more hidden weights are neither cut into pieces nor made into programs: a step would take too long."""


def diagnose_on(
    network: ConcreteNetwork,
    domain: Box | Interval,
    *,
    initialization: Network | None = None,
    time_limit: float = 60.0,
    samples: int = 1024,
    rng: Rng = 0,
    progress: bool | None = None,
) -> DomainDiagnosis:
    """Which neurons of a given network fire somewhere on an interval or a box.

    The answer for every neuron is one of

    - ALIVE, with a witness: an input in the domain at which its pre-activation is > 0, proved by bounds on the rounding
      errors of a forward pass or by one in rationals;
    - DEAD, if it is proved to be silent, or the layer below is. *Exact* on an interval, a rectangle, and without biases
      on a box in space, by the vertices of the piecewise linear function that the network is, if these are not too
      many; and in the first layer. *Certified* by interval arithmetic or a linear relaxation. *Numerical* by a
      mixed-integer program whose bound is below 0 by a margin, more than the solver's tolerances can add up to;
    - UNDECIDED, where neither was found in time.

    Parameters
    ----------
    network : the network
    domain : an Interval, for one input dimension, or a Box
    initialization : a random Network of the same widths; then every layer carries the probability that at
        initialization, on the same domain, no more neurons are active than can be now. Its own domain is not used.
    time_limit : about how many seconds to take at most; what is cheap is done in any case
    samples, rng : how many inputs to look at in search for witnesses, and what draws them (by default always the same)
    progress : True or False; by default there is a bar on a terminal and none elsewhere

    Raises
    ------
    TypeError, ValueError
        For bad input, naming argument, value and what is allowed.

    Possible issues
    ---------------
    Of networks with more than 300 000 hidden weights only bounds, samples and the first layer's corners are looked at.

    With zero biases and a box that contains 0 every neuron's pre-activation is 0 there, so that the bound of a dead one
    has no margin: in more than three dimensions only interval arithmetic can then show that it is dead.

    Examples
    --------
    >>> net = ConcreteNetwork([[[1.0], [-1.0]], [[-1.0, -1.0], [2.0, -1.0]], [[1.0, 1.0]]], [[0, 0], [-1, 0], [0]])
    >>> found = diagnose_on(net, Interval(-1, 2))
    >>> found
    <DomainDiagnosis: 1-2-2-1 on Interval(-1, 2): 3 alive, 1 dead and 0 undecided>
    >>> found.layers[1].witness_text(1)
    '(2.0)'
    """
    net = concrete(network)
    box = checks.instance("domain", domain, Box | Interval, "a Box or an Interval")  # type: ignore[arg-type]
    if box.dimension != net.input_dimension:
        raise ValueError(
            f"domain must have the network's input dimension {net.input_dimension}, "
            f"got {box!r} of dimension {box.dimension}"
        )
    law = chance.initialization_of(net, initialization)
    seconds = float(checks.real("time_limit", time_limit, positive=True))
    samples = checks.integer("samples", samples, low=1)
    checks.choice("progress", progress, (None, True, False))
    random = checks.generator("rng", rng)
    total = sum(net.hidden_widths)
    with tqdm(total=total, unit="neuron", disable=None if progress is None else not progress) as bar:
        layers = []
        for layer in _Decision(net, box, monotonic() + seconds, samples, random).layers():
            layers.append(layer)
            bar.update(layer.n)
    if law is not None:
        likely = chance.on_domain(law, box, [layer.active for layer in layers])
        layers = [
            LayerVerdicts(x.layer, x.verdicts, x.evidence, x.highest, x.witnesses, p)
            for x, p in zip(layers, likely, strict=True)
        ]
    return DomainDiagnosis(net.widths, box, tuple(layers))


class _Decision:
    def __init__(
        self, net: ConcreteNetwork, box: Box | Interval, deadline: float, samples: int, rng: np.random.Generator
    ) -> None:
        self.net, self.deadline = net, deadline
        self.low = (box.low,) if isinstance(box, Interval) else box.low
        self.high = (box.high,) if isinstance(box, Interval) else box.high
        try:
            self.box = start(self.low, self.high)
        except OverflowError:
            raise ValueError(f"domain must lie within the range of floats, got {box!r}") from None
        self.ranges: list[Range] = []
        self.points = _inside(self.low, self.high, samples, rng)
        self.silent: list[NDArray[np.bool_]] = []
        self.small = sum(w.size for w, _ in net.hidden) <= MOST_WEIGHTS
        # whether what a neuron does on the border of the box is decisive
        self.border = len(self.low) > 1 and not any(b.any() for _, b in net.hidden)

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self.deadline - monotonic()

    def layers(self) -> Iterator[LayerVerdicts]:
        """All layers, each from what is known of those below."""
        pieces = self._pieces()
        outputs, below_alive = self.box, True
        for l, (w, b) in enumerate(self.net.hidden, 1):
            found = onward(w, b, outputs)
            known = Known(l, found.high)
            if l > 1 and self.silent[-1].all():
                for j in range(len(w)):
                    known.dead(j, Evidence.BEHIND)
            else:
                vertices = None
                try:
                    vertices = next(pieces, None)
                except TimeIsUp:
                    pieces = iter(())
                if vertices is not None:
                    self._at_vertices(known, *vertices)
                else:
                    self._in_a_box(known)
                if not below_alive:
                    # the layer below may be dead; then a constant is all that was seen to fire
                    for k in np.flatnonzero(known.verdicts == Verdict.ALIVE):
                        known.forget(int(k))
            outputs = self._learn(known, found)
            below_alive = bool((known.verdicts == Verdict.ALIVE).any())
            yield known.frozen()

    def _pieces(self) -> Iterator[Vertices]:
        """Layer by layer, the vertices that decide it exactly; nothing where there are no such.

        An interval and a rectangle are cut up themselves. Without biases a neuron that fires at x fires at all positive
        multiples of x, one of which is on the border, so that the border of a rectangle or of a box in space will do.
        It may take half of the time.
        """
        if len(self.low) > 3 or not self.small:
            return iter(())
        enough = monotonic() + self.left / 2
        corners = list(product(*zip(self.low, self.high, strict=True)))

        def out_of_time() -> bool:
            return monotonic() > enough

        match len(self.low):
            case 1:
                return on_path(self.net, corners, out_of_time)
            case 2:
                round_trip = [corners[i] for i in (0, 2, 3, 1)]
                if self.border:
                    return on_path(self.net, [*round_trip, round_trip[0]], out_of_time)
                return on_polygons(self.net, [round_trip], out_of_time)
            case 3 if self.border:
                faces = [[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]]
                return on_polygons(self.net, [[corners[i] for i in face] for face in faces], out_of_time)
        return iter(())

    def _learn(self, known: Known, found: Range) -> Range:
        """Note what the layers above may use, and return between what numbers the outputs of this one lie."""
        if (known.evidence == Evidence.BEHIND).any():
            silent = np.ones(len(known.high), dtype=bool)  # so that all layers above are behind the dead one, too
        else:
            # a numerical verdict may not enter what is certified above
            silent = (known.verdicts == Verdict.DEAD) & (known.evidence != Evidence.PROGRAM)
        self.silent.append(silent)
        high = np.where(silent, np.minimum(known.high, 0.0), known.high)
        self.ranges.append(Range(np.minimum(found.low, high), high))
        return Range(np.maximum(self.ranges[-1].low, 0.0), np.maximum(high, 0.0))

    @cached_property
    def _seen(self) -> list[tuple[Array, Array]]:
        return with_errors(self.net, self.points)

    def _in_a_box(self, known: Known) -> None:
        z, error = self._seen[known.layer - 1]
        for k in np.flatnonzero(known.high <= 0):
            known.dead(int(k), Evidence.INTERVALS)
        surely = z - error
        best = np.argmax(surely, axis=0)
        for j in known.open:
            if surely[best[j], j] > 0:
                known.alive(j, tuple(map(Fraction, self.points[best[j]].tolist())))
        if known.layer == 1:
            self._at_corners(known)
            return
        if not known.open or not self.small:
            return
        program = Program(self.net, known.layer, self.box, self.ranges, self.silent)
        w, b = self.net.hidden[known.layer - 1]
        layers_left = self.net.depth - known.layer + 1
        for done, j in enumerate(open_neurons := known.open):
            if self.left <= 0:
                return
            row, bias = np.asarray(w[j], dtype=np.float64), float(b[j])
            bound = program.relaxed(row, bias)
            if bound is not None:
                known.high[j] = min(known.high[j], above(bound))
                if bound <= 0:
                    known.dead(j, Evidence.RELAXATION)
                    continue
            point, top = program.solve(row, bias, self.left / layers_left / (len(open_neurons) - done))
            if point is not None:
                witness = tuple(min(max(Fraction(x), l), u) for x, l, u in zip(point, self.low, self.high, strict=True))
                if exact.fires(self.net, witness, known.layer, j):
                    known.alive(j, witness)
                    continue
            if top <= -program.margin:
                known.dead(j, Evidence.PROGRAM)

    def _at_corners(self, known: Known) -> None:
        """Layer 1: the largest value is at a corner, which the signs of the weights name."""
        w, b = self.net.hidden[0]
        for j in known.open:
            row = [Fraction(float(x)) for x in w[j]]
            corner = tuple(u if x > 0 else l for x, l, u in zip(row, self.low, self.high, strict=True))
            top = Fraction(float(b[j])) + sum(x * c for x, c in zip(row, corner, strict=True))
            known.high[j] = above(top)
            if top > 0:
                known.alive(j, corner)
            else:
                known.dead(j, Evidence.CORNER)

    def _at_vertices(self, known: Known, inputs: list[Point], values: list[exact.Integers]) -> None:
        for j in range(len(known.verdicts)):
            heights = [Fraction(int(v[j]), int(v[-1])) for v in values]
            top = max(heights)
            # where the border decides, a negative value on it is nearer to 0 inside
            known.high[j] = max(above(top), 0.0) if self.border else above(top)
            if top > 0:
                known.alive(j, inputs[heights.index(top)])
            else:
                known.dead(j, Evidence.VERTICES)


def _inside(low: tuple[Fraction, ...], high: tuple[Fraction, ...], samples: int, rng: np.random.Generator) -> Array:
    """Inputs of the box that are floats: its corners where these are few, and random ones."""
    bottom, top = np.array([above(v) for v in low]), np.array([below(v) for v in high])
    if not (bottom <= top).all():
        raise ValueError(f"domain must contain points that are floats, got sides from {low} to {high}")
    points = np.clip(rng.uniform(bottom, top, (samples, len(low))), bottom, top)
    if len(low) > MOST_CORNERS:
        return points
    return np.concatenate([np.array(list(product(*zip(bottom, top, strict=True)))), points])
