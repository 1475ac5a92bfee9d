"""The same numbers a second time, slowly and plainly: Fraction matrices, and enumeration of all patterns of signs.

Nothing here imports the package.
"""

from collections import Counter
from fractions import Fraction
from itertools import pairwise, product
from math import comb


def binomial(n, dead):
    """The law of the number of active among n neurons, each dead with probability ``dead``."""
    return [comb(n, j) * (1 - dead) ** j * dead ** (n - j) for j in range(n + 1)]


def fair_kernel(below, n):
    """Each of n neurons fires with probability 1/2, unless the layer below is dead."""
    return [binomial(n, Fraction(1) if i == 0 else Fraction(1, 2)) for i in range(below + 1)]


def sign_kernel(below, n, offset):
    """Each of n neurons is dead with probability 2^-(i + offset); never where offset is None, unless i = 0."""

    def dead(i):
        if i == 0:
            return Fraction(1)
        return Fraction(0) if offset is None else Fraction(1, 2 ** (i + offset))

    return [binomial(n, dead(i)) for i in range(below + 1)]


def masked(law, mask):
    return [p if mask is None or j in mask else Fraction(0) for j, p in enumerate(law)]


def times(law, kernel):
    return [sum((p * row[j] for p, row in zip(law, kernel, strict=True)), Fraction(0)) for j in range(len(kernel[0]))]


def propagate(law, kernels, masks):
    """``masks[k]`` restricts the counts before the k-th kernel."""
    for kernel, mask in zip(kernels, masks, strict=True):
        law = times(masked(law, mask), kernel)
    return law


def fair_law(widths, masks):
    """The law of the ray chain in the last of the hidden layers."""
    kernels = [fair_kernel(below, n) for below, n in pairwise((1, *widths))]
    return propagate([Fraction(0), Fraction(1)], kernels, (None, *masks))


def sign_law(first, widths, masks, offset=0):
    """The law of the sign chain in the last of the hidden layers, from the law ``first`` of the first."""
    return propagate(first, [sign_kernel(below, n, offset) for below, n in pairwise(widths)], masks)


def sign_ray_law(first, widths, masks):
    """The same, but fair from the layer on in which one neuron is left: states (on one ray, count)."""
    law = {(count <= 1, count): p for count, p in enumerate(first)}
    for (_, n), mask in zip(pairwise(widths), masks, strict=True):
        following = Counter()
        for (on_ray, count), p in law.items():
            if mask is not None and count not in mask:
                continue
            dead = Fraction(1) if count == 0 else Fraction(1, 2) if on_ray else Fraction(1, 2**count)
            for j, share in enumerate(binomial(n, dead)):
                following[on_ray or j <= 1, j] += p * share
        law = following
    return [law.get((True, j), Fraction(0)) + law.get((False, j), Fraction(0)) for j in range(widths[-1] + 1)]


def signs(*shape):
    """All matrices of that shape with entries +1 and -1, as tuples of rows."""
    rows = list(product((1, -1), repeat=shape[-1]))
    return product(rows, repeat=shape[0])


def sign_alive_by_enumeration(widths):
    """{(S_1, S_2, ...): probability} of the counts that are not sign-dead, all of the first layer being active."""
    law = {(tuple(range(widths[0])),): Fraction(1)}
    for below, n in pairwise(widths):
        following = Counter()
        for history, p in law.items():
            for matrix in signs(n, below):
                alive = tuple(j for j, row in enumerate(matrix) if any(row[k] > 0 for k in history[-1]))
                following[(*history, alive)] += p / 2 ** (n * below)
        law = following
    return counts_of(law)


def counts_of(law):
    result = Counter()
    for history, p in law.items():
        result[tuple(map(len, history))] += p
    return result


def one_ray_by_enumeration(widths):
    """{((N_1, S_1), (N_2, S_2), ...): probability}, N active and S not sign-dead, for inputs on one ray, no biases.

    The sign of a weighted sum of the firing neurons is that of the last one's weight, as if it were by far the
    largest. Any other symmetric law gives the same counts.
    """
    first = [tuple(j for j, s in enumerate(pattern) if s > 0) for pattern in product((1, -1), repeat=widths[0])]
    law = Counter()
    for fires in first:
        law[((fires, fires),)] += Fraction(1, len(first))
    for below, n in pairwise(widths):
        following = Counter()
        for history, p in law.items():
            firing, alive = history[-1]
            for matrix in signs(n, below):
                fires = tuple(j for j, row in enumerate(matrix) if firing and row[firing[-1]] > 0)
                possible = tuple(j for j, row in enumerate(matrix) if any(row[k] > 0 for k in alive))
                following[(*history, (fires, possible))] += p / 2 ** (n * below)
        law = following
    result = Counter()
    for history, p in law.items():
        result[tuple((len(fires), len(possible)) for fires, possible in history)] += p
    return result


def two_rays_by_enumeration(first, second):
    """{(N_2, S_2): probability} for one input dimension, an interval around 0 and no biases."""
    result = Counter()
    for sides in product((1, -1), repeat=first):
        groups = [[k for k in range(first) if sides[k] == side] for side in (1, -1)]
        for matrix in signs(second, first):
            active = sum(any(group and row[group[-1]] > 0 for group in groups) for row in matrix)
            possible = sum(any(weight > 0 for weight in row) for row in matrix)
            result[active, possible] += Fraction(1, 2 ** (first + first * second))
    return result
