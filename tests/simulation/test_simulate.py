"""Reproducible runs, whoever does the work; and what is refused."""

import multiprocessing
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from relu_prob.domains import Ball, Points
from relu_prob.initialization import Normal
from relu_prob.network import Network
from relu_prob.simulation import run, simulate
from relu_prob.simulation.chunk import CHUNK_BYTES, chunk_size

NETWORK = Network((1, 3, 3, 1))
SAMPLES = 2 * chunk_size(NETWORK) + 10


def test_the_same_seed_gives_the_same_result():
    runs = simulate(NETWORK, samples=SAMPLES, rng=7)
    assert runs.samples == SAMPLES
    assert runs == simulate(NETWORK, samples=SAMPLES, rng=np.int64(7))
    assert runs == simulate(NETWORK, samples=SAMPLES, rng=np.random.SeedSequence(7))
    assert runs == simulate(NETWORK, samples=SAMPLES, rng=np.random.default_rng(7))
    assert runs != simulate(NETWORK, samples=SAMPLES, rng=8)
    assert simulate(NETWORK, samples=SAMPLES, rng=None) != simulate(NETWORK, samples=SAMPLES, rng=None)


def test_a_generator_moves_on():
    rng = np.random.default_rng(7)
    first, second = (simulate(NETWORK, samples=SAMPLES, rng=rng) for _ in range(2))
    assert first != second
    assert (first + second).samples == 2 * SAMPLES


def test_chunks_do_not_repeat_each_other():
    size = chunk_size(NETWORK)
    assert simulate(NETWORK, samples=size, rng=7) + simulate(NETWORK, samples=size, rng=7) != simulate(
        NETWORK, samples=2 * size, rng=7
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_do_not_change_the_result(workers):
    here = simulate(NETWORK, samples=SAMPLES, rng=7, death="permanent")
    with ThreadPoolExecutor(workers) as executor:
        assert simulate(NETWORK, samples=SAMPLES, rng=7, death="permanent", executor=executor) == here
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as executor:
        assert simulate(NETWORK, samples=SAMPLES, rng=7, death="permanent", executor=executor) == here


def test_many_chunks_are_merged(monkeypatch):
    monkeypatch.setattr(run, "chunk_size", lambda network: 10)
    runs = simulate(NETWORK, samples=1005, rng=0)
    assert runs.samples == 1005


class Interrupted(Executor):
    """Its first task is interrupted, the others never begin."""

    def __init__(self, error):
        self.error, self.futures = error, []

    def submit(self, fn, /, *args, **kwargs):
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_exception(self.error)
        return self.futures[-1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupt_cancels_what_is_pending(error):
    executor = Interrupted(error())
    with pytest.raises(error):
        simulate(NETWORK, samples=SAMPLES, rng=0, executor=executor)
    assert len(executor.futures) == 3
    assert all(future.cancelled() for future in executor.futures[1:])


def test_an_interrupt_in_this_process(monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "chunk", interrupt)
    with pytest.raises(KeyboardInterrupt):
        simulate(NETWORK, samples=SAMPLES, rng=0)


def test_progress(capsys):
    simulate(NETWORK, samples=10, rng=0)
    simulate(NETWORK, samples=10, rng=0, progress=False)
    assert capsys.readouterr() == ("", "")
    simulate(NETWORK, samples=10, rng=0, progress=True)
    assert "10.0/10.0" in capsys.readouterr().err


def test_chunks_have_bounded_memory():
    for network in (
        NETWORK,
        Network((1, 100, 100, 100, 1), biases=Normal(1)),
        Network((3, 8, 8, 8, 1)),
        Network((50, 20, 20, 1), domain=Ball(2), biases=Normal(1)),
    ):
        assert 1 <= chunk_size(network) <= 2**14
        weights = max(a * b for a, b in zip(network.widths, network.widths[1:], strict=False))
        assert chunk_size(network) * weights * 8 <= CHUNK_BYTES
    assert chunk_size(Network((1, 10**5, 10**5, 1))) == 1


def test_sampled_layers_are_announced():
    assert simulate(NETWORK, samples=5, rng=0).exact
    assert simulate(Network((3, 3, 3, 3, 1)), samples=5, rng=0).exact_layers == 2
    assert simulate(Network((3, 3, 3, 3, 1), biases=Normal(1)), samples=5, rng=0).exact_layers == 1
    assert simulate(Network((3, 3, 3, 3, 1), domain=Points([[1, 2, 3]])), samples=5, rng=0).exact


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"network": (1, 2, 1)}, r"network must be a Network or a LayerGraph, got \(1, 2, 1\)"),
        ({"samples": 0}, "samples must be an integer >= 1, got 0"),
        ({"samples": 1e6}, "samples must be an integer >= 1, got 1000000.0"),
        ({"death": "born"}, "death must be one of 'initial', 'permanent', got 'born'"),
        ({"rng": -1}, "rng must be a numpy.random.Generator, a SeedSequence, an integer >= 0 or None, got -1"),
        ({"rng": 0.5}, "rng must be a numpy.random.Generator, a SeedSequence, an integer >= 0 or None, got 0.5"),
        ({"rng": True}, "rng must be .* got True"),
        ({"executor": 4}, "executor must be a concurrent.futures.Executor or None, got 4"),
        ({"progress": "bar"}, "progress must be one of None, True, False, got 'bar'"),
    ],
)
def test_bad_input(arguments, message):
    arguments = {"network": NETWORK, "samples": 10, "rng": 0} | arguments
    with pytest.raises((TypeError, ValueError), match=message):
        simulate(arguments.pop("network"), **arguments)


def test_the_seed_has_no_default():
    with pytest.raises(TypeError, match="rng"):
        simulate(NETWORK, samples=10)
