"""Pictures of diagnoses: a dot for every neuron."""

import subprocess
import sys

import numpy as np
import pytest

from relu_prob import Box, ConcreteNetwork, Network, Normal, diagnose, diagnose_on
from relu_prob.concrete.plots import plot_diagnosis
from relu_prob.plots import save

LAW = Network((2, 100, 5, 7, 1), biases=Normal(1))
NET = ConcreteNetwork.draw(LAW, 2)


def dots(figure):
    return {c.get_label(): len(c.get_offsets()) for c in figure.axes[0].collections}


def test_there_is_a_dot_for_every_neuron():
    found = diagnose(NET, np.random.default_rng(0).standard_normal((3, 2)))
    counts = {"active": found.active, "tentatively dead": found.tentative, "permanently dead": found.permanent}
    expected = {f"{name} ({sum(c)})": sum(c) for name, c in counts.items() if sum(c)}
    figure = plot_diagnosis(found)
    assert dots(figure) == expected
    assert sum(expected.values()) == 112
    offsets = np.concatenate([c.get_offsets() for c in figure.axes[0].collections])
    assert len(np.unique(offsets, axis=0)) == 112
    labels = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert labels == [f"{l}\n{a}/{n}" for l, (a, n) in enumerate(zip(found.active, NET.hidden_widths, strict=True), 1)]


def test_domains():
    found = diagnose_on(ConcreteNetwork.draw(Network((2, 6, 6, 1), biases=Normal(1)), 1), Box((-1, -1), (1, 1)))
    assert sum(dots(plot_diagnosis(found)).values()) == 12


def test_files(tmp_path):
    figure = plot_diagnosis(diagnose(NET, [[1.0, 1.0]]))
    assert all(path.stat().st_size > 1000 for path in save(figure, tmp_path, "net"))


def test_bad_input():
    with pytest.raises(TypeError, match="diagnosis must be a Diagnosis, a GraphDiagnosis or a DomainDiagnosis, got 3"):
        plot_diagnosis(3)


def test_missing_matplotlib_is_explained(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install relu_prob\[plot\]"):
        plot_diagnosis(diagnose(NET, [[1.0, 1.0]]))


def test_a_diagnosis_needs_no_matplotlib():
    code = (
        "import sys, relu_prob as rp; rp.diagnose(rp.ConcreteNetwork([[[1.0]], [[1.0]]]), [[1.0]]);"
        "print([name for name in ('scipy.stats', 'matplotlib', 'torch') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
