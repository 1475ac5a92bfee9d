"""Nodes for wide layers: kernels with a complex kappa, whose singularities surround the angles closely.

A binomial law of n neurons varies with theta on the scale 2 pi sqrt(p (1-p)/n). The functions

    Phi(cos theta / zeta) - Phi(0),        Phi(x) = (pi/2 + asin x)^2,        zeta = cos tau, tau = sigma + i eta,

are analytic but at cos theta = zeta, so that with eta of about that scale their real and imaginary parts describe it
with weights of order 1, as Cauchy's integral along the curve of the zeta would. At theta = 0 the curve closes in on
the square-root singularity along a ray of tau: geometrically, whatever the width.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

SLOPE = 1.75  # eta over sigma near 0: the further from the real axis, the cheaper the integrals
LARGEST_ETA = 0.8
SPREAD = 1000.0  # of 1 - kappa in a group
DEEP = 1e-7  # the smallest sigma: V is nearly linear in theta below


@dataclass(frozen=True)
class Kernels:
    """``kappa`` and ``defect`` = 1 - kappa (which keeps its digits near 0).

    The basis functions are all real parts, then the imaginary parts of those that are not real.
    """

    kappa: Complex
    defect: Complex

    @property
    def size(self) -> int:
        """The number of basis functions."""
        return len(self.kappa) + int(np.count_nonzero(self.defect.imag))

    def functions(self, theta: Floats) -> Floats:
        """Phi(kappa_j cos theta_i) - Phi(0) as real functions: rows theta, columns basis functions."""
        return self.parts(self.values(theta))

    def values(self, theta: Floats) -> Complex:
        """Phi(kappa_j cos theta_i) - Phi(0): rows theta, columns kernels."""
        # acos x = 2 asin sqrt((1 - x)/2), and 1 - x is known well
        half = self.defect / 2 + self.kappa * (np.sin(theta / 2) ** 2)[:, None]
        arccosine = 2 * np.arcsin(np.sqrt(half))
        values: Complex = (pi / 2 - arccosine) * (3 * pi / 2 - arccosine)
        return values

    def parts(self, values: Complex) -> Floats:
        """Complex columns as columns of the basis."""
        return np.concatenate([values.real, values.imag[:, self.defect.imag != 0]], axis=1)

    @property
    def groups(self) -> list[slice]:
        """Runs of kernels that can share a grid: alike in argument and in distance from 1."""
        runs, begin = [], 0
        for end in range(1, len(self.kappa) + 1):
            if end == len(self.kappa) or end - begin >= 12 or not self._alike(slice(begin, end + 1)):
                runs.append(slice(begin, end))
                begin = end
        return runs

    def _alike(self, run: slice) -> bool:
        margins = margin(self.defect[run])
        size = np.maximum(np.abs(self.defect[run]), DEEP**2 / 4)
        _, shared = rotation(self.defect[run])
        return bool(shared > 0.7 * margins.min() and size.max() < SPREAD * size.min())


def margin(defect: Complex) -> Floats:
    """Half the angle of the sector of z in which Re z (cosh b - kappa c) > 0 for all real b and c in [0, 1]."""
    sector: Floats = (pi - np.abs(_argument(defect))) / 2
    return sector


def rotation(defect: Complex) -> tuple[float, float]:
    """The middle of the common sector of some kernels, and half its angle: z = e^(i phi) e^alpha is safest there."""
    turn = _argument(defect)
    lowest = min(0.0, float(turn.min()))
    highest = max(0.0, float(turn.max()))
    return -(lowest + highest) / 2, (pi - (highest - lowest)) / 2


def _argument(defect: Complex) -> Floats:
    return np.where(defect == 0, 0.0, np.angle(defect))


def spacing(width: int) -> float:
    """eta: twice the scale on which the binomial laws of ``width`` vary in theta."""
    return min(LARGEST_ETA, 2 * 2 * pi * sqrt(0.2 / width))


def kernels(width: int, step: float = 0.25, ratio: float = 0.35, cap: int = 3) -> Kernels:
    """The curve for layers up to ``width``: a cap around theta = pi/2, a line at distance eta, and a ray into 0.

    ``step`` is relative to eta, ``ratio`` to sigma. The cap begins on the real axis, and kappa = 1 is the last.
    """
    eta = spacing(width)
    tau = [pi / 2 + eta * np.exp(1j * turn) for turn in np.arange(cap + 1) * (pi / 2 / cap)]
    sigma = pi / 2
    while True:
        sigma -= min(step * eta, ratio * sigma)
        if sigma <= DEEP:
            break
        tau.append(complex(sigma, min(eta, SLOPE * sigma)))
    curve = np.array(tau)
    curve[0] = curve[0].real
    kappa = 1 / np.cos(curve)
    defect = -2 * np.sin(curve / 2) ** 2 * kappa
    kappa[0], defect[0] = kappa[0].real, defect[0].real
    return Kernels(np.append(kappa, 1), np.append(defect, 0))


def angles(width: int, step: float = 0.1, ratio: float = 0.15) -> tuple[Floats, NDArray[np.bool_]]:
    """The theta, pi/2 first, and which of them are fitted; the others, in every third gap, check the fit."""
    eta = spacing(width)
    nodes = [pi / 2]
    while nodes[-1] > DEEP / 3:
        left = pi / 2 - nodes[-1]
        nodes.append(nodes[-1] - min(step * eta * min(1.0, sqrt(left / eta) + 0.1), ratio * nodes[-1]))
    fitted = np.array(nodes)
    check = ((fitted[1:] + fitted[:-1]) / 2)[::3]
    theta = np.concatenate([fitted, check])
    order = np.argsort(-theta)
    chosen = np.arange(len(theta)) < len(fitted)
    return theta[order], chosen[order]
