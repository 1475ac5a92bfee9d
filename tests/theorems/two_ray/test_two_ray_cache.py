"""Stored tables: damaged, in the way, too large, and shared by two processes; with a few nodes to be quick."""

import io
import os
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest

from relu_prob.theorems.two_ray import cache, table
from relu_prob.theorems.two_ray.nodes import sigma_nodes, theta_nodes


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A cache of its own, whose tables have few nodes; returns the directory."""
    monkeypatch.setenv("RELU_PROB_CACHE_DIR", str(tmp_path / "tables"))
    monkeypatch.setattr(cache, "SIZES", (3, 4, 6))
    monkeypatch.setattr(cache, "_memory", {})
    monkeypatch.setattr(cache, "sigma_nodes", lambda: sigma_nodes(2, 3))
    monkeypatch.setattr(cache, "theta_nodes", lambda: theta_nodes(3, 2))
    return tmp_path / "tables"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A table of the small ones and the file that it is stored in, computed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RELU_PROB_CACHE_DIR", str(tmp_path_factory.mktemp("stored")))
        patch.setattr(cache, "SIZES", (3, 4, 6))
        patch.setattr(cache, "_memory", {})
        patch.setattr(cache, "sigma_nodes", lambda: sigma_nodes(2, 3))
        patch.setattr(cache, "theta_nodes", lambda: theta_nodes(3, 2))
        built = cache.get_table(4)
        (path,) = cache.cache_directory().iterdir()
        return built, path.name, path.read_bytes()


def forget():
    cache._memory.clear()


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("sigma", "theta", "values", "error"))


def no_building(*_):
    raise AssertionError("a table was computed")


def test_stored_and_loaded_bit_for_bit(small, monkeypatch):
    built = cache.get_table(4)
    assert built.top == 4
    assert cache.get_table(4) is built
    assert [path.suffix for path in small.iterdir()] == [".npz"]
    forget()
    monkeypatch.setattr(cache, "build_table", no_building)
    assert same(cache.get_table(4), built)


@pytest.mark.parametrize("from_disk", [True, False])
def test_a_larger_table_serves(small, monkeypatch, from_disk):
    for top in (6, 4):
        forget()
        monkeypatch.setattr(cache, "SIZES", (3, 4, 6) if top == 6 else (3, 4))  # so that 6 does not serve 4 here
        cache.get_table(top)
    monkeypatch.setattr(cache, "SIZES", (3, 4, 6))
    six = cache.get_table(6)
    if from_disk:
        forget()
    monkeypatch.setattr(cache, "build_table", no_building)
    assert cache.get_table(3).top == 4  # the smallest that serves
    assert same(cache.get_table(5), six)


def test_sizes():
    assert [cache.table_size(top) for top in (1, 16, 17, 20, 25, 33, 50, 65, 97, 128, 129)] == (
        [16, 16, 24, 24, 32, 48, 64, 96, 128, 128, 256]
    )


def flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]


DAMAGE = {
    "empty": lambda data: b"",
    "truncated at the front": lambda data: data[:100],
    "truncated in the middle": lambda data: data[: len(data) // 2],
    "truncated at the end": lambda data: data[:-10],
    "one byte": flipped,
    "foreign": lambda data: b"hello",
    "noise": lambda data: np.random.default_rng(0).bytes(3000),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_file_is_computed_again(small, stored, damage):
    built, name, good = stored
    small.mkdir()
    (small / name).write_bytes(damage(good))
    with pytest.warns(RuntimeWarning, match="damaged"):
        again = cache.get_table(4)
    assert same(again, built)
    forget()
    assert same(cache.get_table(4), built)  # without a warning


def test_wrong_checksum(small, stored):
    built, name, good = stored
    with np.load(io.BytesIO(good)) as file:
        arrays = dict(file)
    arrays["values"] = arrays["values"] + 1e-9
    small.mkdir()
    np.savez(small / name, **arrays)
    with pytest.warns(RuntimeWarning, match="wrong checksum"):
        assert same(cache.get_table(4), built)


def test_directory_that_cannot_be_made(small, stored, tmp_path, monkeypatch):
    built = stored[0]
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RELU_PROB_CACHE_DIR", str(tmp_path / "file" / "below"))
    with pytest.warns(RuntimeWarning, match="cannot be stored"):
        found = cache.get_table(4)
    assert same(found, built)
    assert cache.get_table(4) is found  # in memory, without a warning


def test_read_only_directory(small, monkeypatch):
    built = cache.get_table(3)
    small.chmod(0o500)
    if os.access(small, os.W_OK):  # as root nothing is read-only
        monkeypatch.setattr(cache.np, "savez", lambda *_, **__: (_ for _ in ()).throw(PermissionError("read-only")))
    with pytest.warns(RuntimeWarning, match="cannot be stored"):
        found = cache.get_table(4)
    small.chmod(0o700)
    assert found.top == 4
    assert np.array_equal(found.values[:2], built.values)
    assert len(list(small.iterdir())) == 1  # and no temporary file


TWO = """
import sys
from relu_prob.theorems.two_ray import cache, table
from relu_prob.theorems.two_ray.nodes import sigma_nodes, theta_nodes
cache.SIZES = (3, 4, 6)
cache.sigma_nodes, cache.theta_nodes = lambda: sigma_nodes(2, 3), lambda: theta_nodes(3, 2)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    cache._memory.clear()
    print(cache._checksum({"values": cache.get_table(4).values.astype(float)}))
"""


def test_two_processes_at_once(small):
    pair = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", TWO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in pair:
        assert process.stdout.readline() == "ready\n"
    for process in pair:
        process.stdin.write("go\n")
        process.stdin.flush()
    seen = {line for process in pair for line in process.communicate(timeout=120)[0].split()}
    assert [process.returncode for process in pair] == [0, 0]
    assert seen == {cache._checksum({"values": cache.get_table(4).values.astype(float)})}
    assert [path.suffix for path in small.iterdir()] == [".npz"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_says_what_it_does_on_a_terminal_only(small, monkeypatch, capsys):
    cache.get_table(3)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    cache.get_table(4)
    assert "layers of up to 4 neurons" in terminal.getvalue()
    assert str(small) in terminal.getvalue()


def test_platform_directory_by_default(monkeypatch):
    monkeypatch.delenv("RELU_PROB_CACHE_DIR")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "relu_prob" in str(cache.cache_directory())


def test_an_interrupt_stops_the_table_and_leaves_nothing_behind(monkeypatch, tmp_path):
    begun = []

    def slow_column(theta, sigma, top, rule):
        begun.append(theta)
        time.sleep(0.01)
        return np.zeros((top - 1, len(sigma)))

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setenv("RELU_PROB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(cache, "_memory", {})
    monkeypatch.setattr(table, "integrals_at", slow_column)
    monkeypatch.setattr(cache.tqdm, "update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cache.get_table(2, workers=2)
    assert len(begun) < 20 < len(theta_nodes())
    assert list(tmp_path.iterdir()) == []
    assert cache._memory == {}
