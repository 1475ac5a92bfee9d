"""The tables of E1, E2 and E3, drawn from the committed results: the bound holds, counts agree with the exact law."""

import csv
from io import StringIO

import e1_absolute_value
import e2_more_neurons
import e3_two_dimensions
import pytest
import shared
import success_rates
from scipy.stats import binomtest, fisher_exact

from relu_prob import Guarantee

SCRIPTS = {"e1": e1_absolute_value, "e2": e2_more_neurons, "e3": e3_two_dimensions}
LEVEL = 1e-6


@pytest.fixture(scope="module", params=SCRIPTS)
def experiment(request):
    return SCRIPTS[request.param], shared.experiment(request.param)


def test_no_success_rate_lies_above_the_trainability(experiment):
    _, result = experiment
    assert all(success_rates.holds(row) for row in result["rows"])


def test_the_networks_that_had_enough_are_as_many_as_the_exact_law_says(experiment):
    _, result = experiment
    # the law comes from theorems, the counts from the diagnosis of drawn networks: rows of two optimizers share them
    for row in result["rows"]:
        for key, death in (("enough", "permanent"), ("enough active", "initial")):
            law = success_rates.bound(row, death)
            if law.guarantee is Guarantee.STATISTICAL:  # the same event in other networks
                table = [[row[key], row["networks"] - row[key]], estimated(law)]
                assert fisher_exact(table).pvalue > LEVEL
            else:
                assert binomtest(row[key], row["networks"], float(law)).pvalue > LEVEL


def estimated(law):
    """How often an event was seen in simulated networks, and how often it was not."""
    seen = round(float(law) * law.number.samples)
    return [seen, law.number.samples - seen]


def test_one_unit_fewer_is_not_enough(experiment):
    _, result = experiment
    settings = result["settings"]
    assert min(settings["loss with one unit fewer"].values()) > 100 * settings["threshold"]


def test_tables_have_a_row_for_every_result(experiment):
    script, result = experiment
    tables = script.build(result)
    assert len(tables) == len(script.NAMES)
    rows = [row for table in tables for row in csv.DictReader(StringIO(table.csv()))]
    assert len(rows) == len(result["rows"])
    for shown, row in zip(rows, result["rows"], strict=True):
        assert float(shown["success rate"]) == row["succeeded"] / row["networks"]
        assert shown["of the others"] == f"0 of {row['networks'] - row['enough']}"
    assert all(f"in all of the {len(table.rows)} rows" in table.caption.text for table in tables)


def test_a_contradiction_would_be_said():
    row = dict(shared.experiment("e1")["rows"][0])
    assert success_rates.holds(row)
    assert not success_rates.holds(row | {"without enough": 1})
    narrow = row | {"biases": 2**0.5, "succeeded": row["networks"]}
    assert not success_rates.holds(narrow)
    result = {"settings": {"threshold": 1e-4}}
    assert "in 0 of the 1 rows" in success_rates.method(result, [narrow])


def test_figures_show_every_kind(experiment):
    script, result = experiment
    titles = [axes.get_title() for axes in script.figure(result).axes]
    assert len(titles) == 2
    if script is e2_more_neurons:
        assert [axes.get_title() for axes in script.deep_figure(result).axes][::3] == [
            f"{title}, width 2" for title in script.TASKS.values()
        ]
