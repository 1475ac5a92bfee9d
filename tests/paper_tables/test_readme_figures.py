"""Figures in the README's prose are those that the code computes, and that the committed results have."""

from pathlib import Path

import shared

from relu_prob import Network, born_dead

README = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())


def spaced(number):
    return f"{number:,}".replace(",", " ")


def test_five_layers_of_width_two():
    dead = float(born_dead(Network((1, *[2] * 5, 1))))
    assert f"biases and hidden layers of width 2, {dead:.0%} are dead after five layers" in README


def test_trainings_without_enough_neurons():
    rows = [row for name in ("e1", "e2", "e3") for row in shared.experiment(name)["rows"]]
    without = sum(row["networks"] - row["enough"] for row in rows)
    assert f"In {spaced(without)} of {spaced(sum(row['networks'] for row in rows))} trainings" in README
    assert sum(row["without enough"] for row in rows) == 0


def test_permanent_neurons():
    rows = [row for row in shared.experiment("e5")["rows"] if row["trainer"] == "SGD"]
    neurons = sum(count for row in rows for count, _ in row["permanent"].values())
    assert f"of {spaced(neurons)} that were trained in four ways none did" in README
