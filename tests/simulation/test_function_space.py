"""Function space and weight space give the same law; factors of singular Gram matrices; what is refused."""

import numpy as np
import pytest
from scipy.stats import binomtest, chi2_contingency

from relu_prob.domains import Points
from relu_prob.initialization import Constant, GlorotNormal, HeUniform, LeCunNormal, Normal, PyTorchDefault
from relu_prob.network import Network
from relu_prob.simulation import simulate
from relu_prob.simulation.function_space import _cholesky, _factor, chunk_size, missing

LEVEL = 1e-6
THREE = [(1, 0), (0.2, 1), (-0.7, -0.5)]
FIVE = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, -1, -1), (2, 0, 0)]


def same_law(first, second):
    """A chi-square test of homogeneity over the joint counts; rare combinations are put together."""
    combinations = sorted({tuple(row) for runs in (first, second) for row in runs.rows.tolist()})
    table = np.zeros((2, len(combinations)), dtype=int)
    for k, runs in enumerate((first, second)):
        for row, times in zip(runs.rows.tolist(), runs.multiplicity.tolist(), strict=True):
            table[k, combinations.index(tuple(row))] = times
    rare = table.sum(axis=0) < 40
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    return table.shape[1] == 1 or chi2_contingency(table).pvalue > LEVEL


@pytest.mark.parametrize(
    "net",
    [
        Network((2, 3, 4, 2, 1), domain=Points(THREE)),
        Network((2, 8, 8, 8, 1), domain=Points(THREE), weights=LeCunNormal()),
        Network((2, 3, 4, 2, 1), domain=Points(THREE), biases=Normal(1)),
        Network((2, 6, 6, 6, 1), domain=Points(THREE), biases=Normal(0.2), weights=GlorotNormal()),
        Network((3, 2, 5, 4, 1), domain=Points(FIVE), biases=Normal(0.5)),
        Network((3, 9, 2, 4, 1), domain=Points(FIVE)),
        Network((1, 4, 4, 4, 1), domain=Points([[1], [-2], [3]])),
        Network((1, 4, 4, 1), domain=Points([[1], [2]])),
        Network((2, 5, 3, 1), domain=Points([*THREE, (0, 0)]), biases=Normal(2)),
    ],
    ids=str,
)
def test_both_spaces_have_one_law(net):
    weights, functions = (simulate(net, samples=40_000, rng=1, space=space) for space in ("weights", "functions"))
    assert functions.exact
    assert functions.samples == 40_000
    assert same_law(weights, functions)


def test_wide_layers_have_one_law():
    """Width 512 at eight points: the number of active neurons of the last layer, at three thresholds."""
    rng = np.random.default_rng(5)
    net = Network((5, 512, 512, 1), domain=Points(rng.standard_normal((8, 5)).tolist()))
    weights = simulate(net, samples=100, rng=1)
    functions = simulate(net, samples=3000, rng=1, space="functions")
    for layer in (1, 2):
        tally, small = functions.counts(layer), weights.counts(layer)
        for q in (0.25, 0.5, 0.75):
            at = int(np.searchsorted(tally.cumsum(), q * functions.samples))
            table = [[runs[: at + 1].sum(), runs[at + 1 :].sum()] for runs in (tally, small)]
            assert chi2_contingency(table).pvalue > LEVEL / 6


def test_one_point_by_hand():
    runs = simulate(Network((3, 2, 2, 1), domain=Points([[1, 2, 3]])), samples=50_000, rng=2, space="functions")
    for j, p in enumerate((1 / 4 + 3 / 16, 3 / 8, 3 / 16)):
        assert binomtest(int(runs.counts(2)[j]), runs.samples, p).pvalue > LEVEL


def test_depth_does_not_overflow():
    """Standard deviations of 1e100 and 1e-100 at depth 12 give the laws of standard deviation 1."""
    nets = [Network((2, *[6] * 12, 1), domain=Points(THREE), weights=Normal(s)) for s in (1e100, 1, 1e-100)]
    runs = [simulate(net, samples=500, rng=3, space="functions") for net in nets]
    assert len({tuple(map(tuple, run.rows)) for run in runs}) == 1
    large = Network((2, *[6] * 12, 1), domain=Points(THREE), weights=Normal(1e100), biases=Normal(1e-100))
    small = Network((2, *[6] * 12, 1), domain=Points(THREE), weights=Normal(1e-100), biases=Normal(1e100))
    assert simulate(large, samples=200, rng=3, space="functions").counts(12).sum() == 200
    # only the biases are left: all points look the same
    counts = simulate(small, samples=20_000, rng=3, space="functions").counts(1)
    assert binomtest(int(counts[0]), 20_000, 2.0**-6).pvalue > LEVEL


def test_runs_repeat_and_do_not_depend_on_the_executor():
    net = Network((2, 64, 64, 1), domain=Points(THREE))
    first, again, other = (simulate(net, samples=300, rng=seed, space="functions") for seed in (1, 1, 2))
    assert first == again != other
    assert chunk_size(net) >= 300


@pytest.mark.parametrize("bias", [0.0, 0.7])
@pytest.mark.parametrize("width", [2, 3, 20])
def test_factors(width, bias):
    """F F^T is the Gram matrix, also of points that are 0, equal or nearly parallel; up to a scale of each."""
    rng = np.random.default_rng(width)
    h = np.abs(rng.standard_normal((4, 5, width)))
    h[1, 2] = h[1, 0]
    h[2, 3] = 0
    h[3, 1] = 2 * h[3, 0]
    h[3, 1, 0] *= 1 + 2.0**-34
    t = 2.0 ** rng.integers(-150, 150, (4, 5))
    factor, scaled = _factor(h.copy(), t, 0.9, bias)
    ratio = scaled / t
    rows = np.concatenate([0.9 * h, bias * t[:, :, None]], axis=2) * ratio[:, :, None]
    gram, found = rows @ np.swapaxes(rows, 1, 2), factor @ np.swapaxes(factor, 1, 2)
    size = np.sqrt(np.einsum("sii,skk->sik", gram, gram))
    assert (np.abs(found - gram) <= 30 * width * np.finfo(float).eps * size).all()
    if not bias:
        # a sine of about 1e-11 between nearly parallel points, which scalar products in floats do not see
        def sine(x):
            u, v = x[3, 0] / np.linalg.norm(x[3, 0]), x[3, 1] / np.linalg.norm(x[3, 1])
            return np.linalg.norm(u - v)

        assert sine(factor) == pytest.approx(sine(h), rel=1e-4)


def test_lost_digits_are_noticed():
    near = np.array([[1.0, 1.0 - 1e-9], [1.0 - 1e-9, 1.0]])
    assert _cholesky(near[None])[1].all()
    assert not _cholesky(np.diag([1.0, 0.0])[None])[1].any()


@pytest.mark.parametrize(
    ("net", "death", "why"),
    [
        (Network((2, 3, 1)), "initial", "the domain must be Points, got Ball(1)"),
        (Network((1, 3, 1), domain=Points([[1]]), weights=HeUniform()), "initial", "Gaussian, got HeUniform()"),
        (Network((1, 3, 1), domain=Points([[1]]), weights=PyTorchDefault()), "initial", "the weights must be Gaussian"),
        (Network((1, 3, 1), domain=Points([[1]]), biases=Constant(1)), "initial", "zero or Gaussian, got Constant(1)"),
        (Network((1, 3, 1), domain=Points([[1]])), "permanent", "death must be 'initial'"),
    ],
    ids=str,
)
def test_what_needs_weights_is_refused(net, death, why):
    assert why in missing(net, death)
    with pytest.raises(ValueError, match=r"space must be 'weights' for this network, got 'functions': ") as info:
        simulate(net, samples=10, rng=0, death=death, space="functions")
    assert why in str(info.value)


def test_a_bad_space_is_named():
    with pytest.raises(ValueError, match="space must be one of 'weights', 'functions', got 'Fourier'"):
        simulate(Network((1, 2, 1)), samples=10, rng=0, space="Fourier")
