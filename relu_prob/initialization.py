"""The laws that weights and biases are drawn from at initialization.

A layer with ``fan_in`` inputs and ``fan_out`` neurons has a weight matrix of shape ``(fan_out, fan_in)``. A law says
what a theorem may ask of it:

- ``symmetric``: the law of a row does not change when the sign of any one entry is flipped;
- ``continuous``: a row times a vector that is not 0 is almost surely not 0;
- ``iid``: the entries of a row are independent and identically distributed;
- ``gaussian``: every entry is normal with mean 0;
- ``independent_rows``: the rows are independent (they are always identically distributed);
- ``leans_up``: at inputs >= 0 a neuron fires with probability at least 1/2, independently of its layer's others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from relu_prob import checks

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Law(ABC):
    """A law of weights, of biases, or of both. Immutable; compares by value."""

    symmetric: ClassVar[bool] = True
    continuous: ClassVar[bool] = True
    iid: ClassVar[bool] = True
    gaussian: ClassVar[bool] = False
    independent_rows: ClassVar[bool] = True
    leans_up: ClassVar[bool] = False
    for_weights: ClassVar[bool] = True
    for_biases: ClassVar[bool] = False

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        """An array of entries. For weights the last two axes of ``shape`` are ``fan_out`` and ``fan_in``."""

    @abstractmethod
    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        """The variance of one entry, exactly."""

    def default_biases(self) -> Law:
        """The bias law that goes with these weights when a network does not name one."""
        return Zero()

    def __repr__(self) -> str:
        values = (getattr(self, f.name) for f in fields(self))
        return f"{type(self).__name__}({', '.join(checks.number_text(v) for v in values)})"


class _CentredNormal(Law):
    """Entries N(0, variance)."""

    gaussian = True

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        return rng.normal(0.0, float(self.variance(fan_in, fan_out)) ** 0.5, shape)


class HeNormal(_CentredNormal):
    """Weights N(0, 2/fan_in).

    >>> HeNormal().variance(fan_in=8, fan_out=3)
    Fraction(1, 4)
    """

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return Fraction(2, fan_in)


class LeCunNormal(_CentredNormal):
    """Weights N(0, 1/fan_in)."""

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return Fraction(1, fan_in)


class GlorotNormal(_CentredNormal):
    """Weights N(0, 2/(fan_in + fan_out))."""

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return Fraction(2, fan_in + fan_out)


@dataclass(frozen=True, repr=False)
class Normal(_CentredNormal):
    """Weights or biases N(0, sigma^2); ``sigma`` > 0 is the standard deviation.

    >>> Normal(0.5)
    Normal(0.5)
    """

    sigma: Fraction
    for_biases = True

    def __init__(self, sigma: float | Fraction) -> None:
        object.__setattr__(self, "sigma", checks.real("sigma", sigma, positive=True))

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return self.sigma**2


class _CentredUniform(Law):
    """Entries uniform on (-bound, bound)."""

    @abstractmethod
    def bound_squared(self, fan_in: int, fan_out: int) -> Fraction:
        """The square of the bound, exactly."""

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return self.bound_squared(fan_in, fan_out) / 3

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        bound = float(self.bound_squared(fan_in, fan_out)) ** 0.5
        return rng.uniform(-bound, bound, shape)


class HeUniform(_CentredUniform):
    """Weights uniform on (-c, c) with c^2 = 6/fan_in, so that their variance is that of HeNormal."""

    def bound_squared(self, fan_in: int, fan_out: int) -> Fraction:
        return Fraction(6, fan_in)


class PyTorchDefault(_CentredUniform):
    """Weights and biases uniform on (-c, c) with c = 1/sqrt(fan_in), as ``torch.nn.Linear`` draws them."""

    for_biases = True

    def bound_squared(self, fan_in: int, fan_out: int) -> Fraction:
        return Fraction(1, fan_in)

    def default_biases(self) -> Law:
        return self


@dataclass(frozen=True, repr=False)
class Uniform(_CentredUniform):
    """Weights or biases uniform on (-bound, bound); ``bound`` > 0."""

    bound: Fraction
    for_biases = True

    def __init__(self, bound: float | Fraction) -> None:
        object.__setattr__(self, "bound", checks.real("bound", bound, positive=True))

    def bound_squared(self, fan_in: int, fan_out: int) -> Fraction:
        return self.bound**2


class Rademacher(Law):
    """Weights +1 or -1, each with probability 1/2."""

    continuous = False

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return Fraction(1)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        return rng.choice(np.array([-1.0, 1.0]), shape)


class SphereUniform(Law):
    """Rows (w, b) uniform on the unit sphere of R^(fan_in + 1), weights and bias drawn as one.

    With ``biases=Zero()`` the rows w are uniform on the unit sphere of R^fan_in.
    """

    iid = False
    for_biases = True

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        """That of one entry of (w, b)."""
        return Fraction(1, fan_in + 1)

    def default_biases(self) -> Law:
        return self

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        """Rows uniform on the unit sphere of R^shape[-1]."""
        normal = rng.standard_normal(shape)
        rows: Array = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
        return rows


@dataclass(frozen=True, repr=False)
class Orthogonal(Law):
    """Weights ``gain`` times a random matrix with orthonormal rows or, where n_l > n_{l-1}, orthonormal columns.

    Its law is Haar's: it does not change when the matrix is multiplied by a fixed orthogonal matrix from either side,
    as that of ``torch.nn.init.orthogonal_``. Every row has a uniformly distributed direction, but the rows depend on
    each other, so that the numbers of active neurons are in general no mixtures of binomial laws; ``gain`` > 0.

    >>> w = Orthogonal().sample(np.random.default_rng(0), (3, 5), fan_in=5, fan_out=3)
    >>> bool(np.allclose(w @ w.T, np.eye(3)))
    True
    """

    gain: Fraction
    iid = False
    independent_rows = False

    def __init__(self, gain: float | Fraction = 1) -> None:
        object.__setattr__(self, "gain", checks.real("gain", gain, positive=True))

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return self.gain**2 / max(fan_in, fan_out)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        """The Q of a Gaussian matrix, with the signs that make the decomposition unique and Q's law Haar's."""
        tall = (*shape[:-2], max(fan_in, fan_out), min(fan_in, fan_out))
        q, r = np.linalg.qr(rng.standard_normal(tall))
        q = float(self.gain) * q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
        result: Array = q if fan_out >= fan_in else np.swapaxes(q, -1, -2)
        return result


@dataclass(frozen=True, repr=False)
class RandomizedAsymmetric(Law):
    """Rows (w, b) of entries N(0, sigma^2/fan_in), of which one, uniformly chosen, is a Beta(2, 1) variable instead.

    The randomized asymmetric initialization of Lu, Shin, Su and Karniadakis (arXiv 1903.06733), with their
    ``sigma`` = 0.6007: a positive entry in each of the fan_in + 1 places of a row equally often makes dead neurons
    rarer. Beta(2, 1) has the density 2t on (0, 1). The biases are drawn with the weights.
    """

    sigma: Fraction
    symmetric = False
    iid = False
    leans_up = True
    for_biases = True

    def __init__(self, sigma: float | Fraction = 0.6007) -> None:
        object.__setattr__(self, "sigma", checks.real("sigma", sigma, positive=True))

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        """That of one entry: a mixture of N(0, sigma^2/fan_in) and Beta(2, 1), whose moments are 2/3 and 1/2."""
        chosen = Fraction(1, fan_in + 1)
        return (1 - chosen) * self.sigma**2 / fan_in + chosen / 2 - (chosen * Fraction(2, 3)) ** 2

    def default_biases(self) -> Law:
        return self

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        """Rows (w, b); their length is shape[-1] = fan_in + 1."""
        rows = rng.normal(0.0, float(self.sigma) / fan_in**0.5, shape)
        chosen = rng.integers(shape[-1], size=(*shape[:-1], 1))
        np.put_along_axis(rows, chosen, rng.beta(2.0, 1.0, chosen.shape), axis=-1)
        return rows


class Zero(Law):
    """Biases 0."""

    continuous = False
    for_weights = False
    for_biases = True

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return Fraction(0)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        return np.zeros(shape)


@dataclass(frozen=True, repr=False)
class Constant(Law):
    """Biases equal to ``value``, which is not 0 (use Zero() for that)."""

    value: Fraction
    symmetric = False
    continuous = False
    for_weights = False
    for_biases = True

    def __init__(self, value: float | Fraction) -> None:
        object.__setattr__(self, "value", checks.real("value", value, nonzero=True))

    def variance(self, fan_in: int, fan_out: int) -> Fraction:
        return Fraction(0)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> Array:
        return np.full(shape, float(self.value))


def sample_layer(
    weights: Law, biases: Law, rng: np.random.Generator, size: int, fan_in: int, fan_out: int
) -> tuple[Array, Array]:
    """``size`` independent layers: weights of shape (size, fan_out, fan_in) and biases of shape (size, fan_out).

    >>> w, b = sample_layer(HeNormal(), Zero(), np.random.default_rng(0), 5, fan_in=3, fan_out=2)
    >>> w.shape, b.shape
    ((5, 2, 3), (5, 2))
    """
    if isinstance(biases, SphereUniform | RandomizedAsymmetric):
        rows = biases.sample(rng, (size, fan_out, fan_in + 1), fan_in, fan_out)
        return rows[..., :-1], rows[..., -1]
    w = weights.sample(rng, (size, fan_out, fan_in), fan_in, fan_out)
    return w, biases.sample(rng, (size, fan_out), fan_in, fan_out)
