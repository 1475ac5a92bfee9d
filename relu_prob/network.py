"""The noun that every question starts from: a random, fully connected ReLU network on a domain of inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from relu_prob import checks
from relu_prob.domains import Ball, Domain, Points
from relu_prob.initialization import HeNormal, Law, RandomizedAsymmetric, SphereUniform, Zero


@dataclass(frozen=True)
class Network:
    """A fully connected ReLU network with random weights and biases.

    ``widths = (d, n_1, ..., n_{L-1}, d_out)``: input dimension, the widths of the hidden ReLU layers, output
    dimension. Hidden layer l computes ``relu(W h + b)``; its weight matrix has shape ``(n_l, n_{l-1})``, and its rows
    are identically distributed, and independent unless the weight law says otherwise (Orthogonal).

    Parameters
    ----------
    widths : sequence of at least three positive integers
    weights : law of the weights, by default HeNormal()
    biases : law of the biases; by default Zero(), or what the weight law brings with it
        (SphereUniform, RandomizedAsymmetric and PyTorchDefault bring the biases' law with them)
    domain : where the inputs live, by default the ball of radius 1

    Raises
    ------
    TypeError, ValueError
        Where an argument is not one of these, naming it and what is allowed.

    Examples
    --------
    >>> net = Network((1, 8, 8, 1))
    >>> print(net)
    1-8-8-1, HeNormal() weights, Zero() biases, on Ball(1)
    >>> net.hidden_widths, net.depth
    ((8, 8), 2)
    """

    widths: tuple[int, ...]
    weights: Law
    biases: Law
    domain: Domain

    def __init__(
        self,
        widths: Sequence[int],
        *,
        weights: Law | None = None,
        biases: Law | None = None,
        domain: Domain | None = None,
    ) -> None:
        allowed = "a sequence (d, n_1, ..., d_out) of at least 3 positive integers"
        values = checks.sequence("widths", widths, allowed)
        if len(values) < 3:
            raise ValueError(f"widths must be {allowed}, got {widths!r}")
        weights = HeNormal() if weights is None else checks.instance("weights", weights, Law, _laws("weights"))
        biases = weights.default_biases() if biases is None else checks.instance("biases", biases, Law, _laws("biases"))
        domain = Ball(1) if domain is None else checks.instance("domain", domain, Domain, _DOMAINS)
        object.__setattr__(self, "widths", tuple(checks.integer("widths", n, low=1) for n in values))
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "biases", biases)
        object.__setattr__(self, "domain", domain)
        self._check_together()

    def _check_together(self) -> None:
        if not self.weights.for_weights:
            raise ValueError(f"weights must be {_laws('weights')}, got {self.weights!r}")
        if not self.biases.for_biases:
            raise ValueError(f"biases must be {_laws('biases')}, got {self.biases!r}")
        if isinstance(self.biases, SphereUniform) and not isinstance(self.weights, SphereUniform):
            raise ValueError(f"biases must not be SphereUniform() unless the weights are, got weights={self.weights!r}")
        asymmetric = isinstance(self.weights, RandomizedAsymmetric) or isinstance(self.biases, RandomizedAsymmetric)
        if asymmetric and self.weights != self.biases:
            raise ValueError(
                "weights and biases must be the same RandomizedAsymmetric law where one of them is, as their rows are "
                f"drawn together, got weights={self.weights!r} and biases={self.biases!r}"
            )
        if self.domain.dimension not in (None, self.input_dimension):
            raise ValueError(
                f"domain must have the network's input dimension widths[0] = {self.input_dimension}, "
                f"got {self.domain!r} of dimension {self.domain.dimension}"
            )
        if self.zero_bias and isinstance(self.domain, Points) and not any(map(any, self.domain.points)):
            raise ValueError(f"domain must contain a point other than 0 when the biases are zero, got {self.domain!r}")

    @property
    def input_dimension(self) -> int:
        """d = widths[0]."""
        return self.widths[0]

    @property
    def hidden_widths(self) -> tuple[int, ...]:
        """(n_1, ..., n_{L-1})."""
        return self.widths[1:-1]

    @property
    def depth(self) -> int:
        """The number of hidden layers."""
        return len(self.widths) - 2

    @property
    def zero_bias(self) -> bool:
        """Whether every bias is 0."""
        return isinstance(self.biases, Zero)

    @property
    def continuous(self) -> bool:
        """Whether a pre-activation that is not identically 0 is almost surely not 0 at a given input."""
        return self.biases.continuous or self.weights.continuous

    @property
    def symmetric(self) -> bool:
        """Whether the law of a row (w, b) does not change when the sign of any one entry is flipped."""
        return self.weights.symmetric and self.biases.symmetric

    def with_hidden_widths(self, hidden_widths: Iterable[int]) -> Network:
        """The same network with other hidden layers.

        >>> print(Network((2, 3, 1)).with_hidden_widths((5, 5)))
        2-5-5-1, HeNormal() weights, Zero() biases, on Ball(1)
        """
        return replace(self, widths=(self.widths[0], *hidden_widths, self.widths[-1]))

    def __str__(self) -> str:
        shape = "-".join(map(str, self.widths))
        return f"{shape}, {self.weights!r} weights, {self.biases!r} biases, on {self.domain!r}"


_DOMAINS = "a domain: Ball, Interval, Box, Orthant, WholeSpace or Points"


def _laws(role: str) -> str:
    both = "Normal, Uniform, PyTorchDefault, RandomizedAsymmetric or SphereUniform"
    if role == "weights":
        return f"a weight law: HeNormal, LeCunNormal, GlorotNormal, HeUniform, Rademacher, Orthogonal, {both}"
    return f"a bias law: Zero, Constant, {both}"
