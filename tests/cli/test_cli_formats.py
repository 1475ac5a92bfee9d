"""Every subcommand in every format: what it prints reads back as the value that the API gives."""

import csv
import io
import json
from fractions import Fraction

import flint
import pytest
import sympy
from hypothesis import HealthCheck, given, settings, strategies as st

import relu_prob as rp
from relu_prob.cli import main, options
from relu_prob.questions import arguments
from relu_prob.questions.bracket_ends import LOWERS, UPPERS

SMALL = ["--samples", "200", "--seed", "1"]
SUBCOMMANDS = {
    "counts": ["counts", "2-2-3-1"],
    "counts, simulated": ["counts", "2-3-3-1", *SMALL],
    "counts, between": ["counts", "3-4-4-1", "--method", "bracket"],
    "counts, lower bounds": ["counts", "3-4-4-1", "--method", "simulate", *SMALL],
    "counts, in closed form": ["counts", "2-3-1", "--biases", "normal:1/2"],
    "matrix": ["matrix", "1-2-2-1"],
    "matrix, one row": ["matrix", "1-2-2-1", "--layer", "1"],
    "matrix, simulated": ["matrix", "2-3-3-1", *SMALL],
    "matrix, symbolic": ["matrix", "1-2-2-1", "--symbolic"],
    "trainability": ["trainability", "1-4-4-1", "--need", "2,2"],
    "trainability, permanent": ["trainability", "3-4-4-1", "--need", "2,2", "--death", "permanent"],
    "born-dead": ["born-dead", "1-4-4-1", "--layer", "2"],
    "born-dead, between": ["born-dead", "3-30-30-1", "--method", "bracket"],
    "born-dead, by layer": ["born-dead", "2-3-3-1", "--by-layer", *SMALL],
    "width": ["width", "1-2-2-1", "--need", "1", "--failure", "1e-6"],
    "width, a range": ["width", "2-2-1", "--depth", "3", "--target", "0.999"],
    "width, no end": ["width", "1-2-1", "--depth", "3", "--failure", "1e-6", "--limit", "15"],
    "design": ["design", "8-1-2", "--depth", "3", "--need", "2", "--target", "0.99"],
    "design, unequal": ["design", "3-1-1-1", "--need", "1,2", "--budget", "60", "--unequal", "--lower", "ray"],
    "depth": ["depth", "1-20-1", "--failure", "1e-4", "--domain", "interval:0,1"],
    "depth, none": ["depth", "1-1-1", "--failure", "1e-4", "--domain", "interval:0,1"],
    "explain": ["explain", "3-4-4-1"],
    "simulate": ["simulate", "2-3-3-1", *SMALL],
    "simulate, one layer": ["simulate", "3-3-3-1", "--layer", "2", "--death", "permanent", *SMALL],
    "verify": ["verify", "2-3-3-1", *SMALL],
    "verify, jointly": ["verify", "2-2-3-1", "--need", "1,2", *SMALL],
    "bracket": ["bracket", "3-4-4-1", "--upper", "sign"],
}


@pytest.fixture
def run(capsys):
    """What a command prints; it must succeed and complain of nothing."""

    def call(*argv):
        status = main(argv)
        out, err = capsys.readouterr()
        assert (status, err) == (0, ""), err
        assert out.endswith("\n")
        return out[:-1]

    return call


@pytest.fixture
def read(run):
    """The JSON of a command."""
    return lambda *argv: json.loads(run(*argv, "--format", "json"), parse_constant=pytest.fail)


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("style", options.FORMATS)
@pytest.mark.parametrize("argv", SUBCOMMANDS.values(), ids=SUBCOMMANDS)
def test_every_format_of_every_subcommand(run, argv, style):
    out = run(*argv, "--format", style)
    quiet = run(*argv, "--format", style, "--quiet")
    match style:
        case "json":
            assert {"question", "network"} <= set(json.loads(out)) or argv[0] in {"width", "depth", "explain"}
        case "csv":
            table = rows(out)
            assert table
            assert all(None not in row and None not in row.values() for row in table)
        case "text" | "md":
            assert "HeNormal() weights" in out
        case "tex":
            assert out.startswith("% ")
            assert not any(line.startswith("%") for line in quiet.splitlines())
            assert out.count(r"\begin{") == out.count(r"\end{")
            assert out.count("{") == out.count("}")
            # an interval is math, never words
            assert "in [" not in quiet.replace(r"\in [", "") or argv[0] == "verify"
    if style in ("json", "csv"):
        assert quiet == out
    else:
        assert len(quiet) <= len(out)


def test_every_subcommand_is_tested():
    commands = options.parser()._subparsers._group_actions[0].choices
    assert {argv[0] for argv in SUBCOMMANDS.values()} | {"tables", "diagnose"} == set(commands)


def test_the_words_are_those_of_the_questions():
    assert options.METHODS == arguments.METHODS
    assert options.DEATHS == arguments.DEATHS
    assert options.LOWERS == LOWERS
    assert options.UPPERS == UPPERS


def test_text_says_the_value_the_guarantee_and_the_source(run):
    out = run("trainability", "1-4-4-1", "--need", "2,2")
    assert out.splitlines()[0] == "P(N_1 >= 2, N_2 >= 2): 1877/2048 = 0.91650390625, exact"
    assert "network:    1-4-4-1, HeNormal() weights, Zero() biases, on Ball(1)" in out
    assert "source:     Shin & Karniadakis" in out


def test_quiet_text_is_the_answer_alone(run):
    assert run("born-dead", "1-4-4-1", "--quiet") == "P(N_2 = 0): 23/2048 = 0.01123046875, exact"
    assert run("born-dead", "1-4-4-1", "--quiet", "--format", "tex") == r"P(N_{2} = 0) = \frac{23}{2048}"


def test_digits(run):
    third = ["born-dead", "2-1-1", "--biases", "normal:1", "--quiet"]
    expected = rp.born_dead(rp.Network((2, 1, 1), biases=rp.Normal(1)))
    for digits in (5, 40):
        assert expected.decimal(digits) in run(*third, "--digits", str(digits))


def test_digits_make_affordable_what_is_not_exactly(read):
    slow = "-".join(["3", *["300"] * 50, "1"])
    law = read("bracket", slow, "--layer", "30", "--digits", "20")["high"]
    assert law["guarantee"] == "certified"
    assert Fraction(law["pmf"][0]["low"]) < Fraction(law["pmf"][0]["high"])
    # where exact fractions are fast they stay exact
    assert read("bracket", "3-4-4-1", "--digits", "3")["high"]["guarantee"] == "exact"


def test_fractions_longer_than_python_writes(read, run):
    network = "-".join(["3", *["100"] * 6, "1"])
    exact = rp.bracket(rp.Network((3, *[100] * 6, 1))).high.pmf(0)
    p, q = read("bracket", network)["high"]["pmf"][0]["fraction"].split("/")
    assert len(q) > 4300
    assert flint.fmpz(exact.fraction.numerator).str() == p
    assert flint.fmpz(exact.fraction.denominator).str() == q
    assert run("bracket", network, "--format", "tex")


def test_law(read, run):
    law = rp.count_law(rp.Network((2, 2, 5, 1)), layer=2)
    found = read("counts", "2-2-5-1", "--layer", "2")
    assert [Fraction(p["fraction"]) for p in found["pmf"]] == [law.pmf(j).fraction for j in law.support]
    assert (Fraction(found["mean"]["fraction"]), Fraction(found["variance"]["fraction"])) == (
        law.mean.fraction,
        law.var.fraction,
    )
    table = rows(run("counts", "2-2-5-1", "--format", "csv"))
    assert [Fraction(row["fraction"]) for row in table] == [law.pmf(j).fraction for j in law.support]
    assert law.markdown() in run("counts", "2-2-5-1", "--format", "md")
    assert law.latex() in run("counts", "2-2-5-1", "--format", "tex")


def test_closed_forms_read_back(read):
    law = rp.count_law(rp.Network((2, 3, 1), biases=rp.Normal(Fraction(1, 2))))
    found = read("counts", "2-3-1", "--biases", "normal:1/2")
    differences = [sympy.sympify(p["exact"]) - law.pmf(j).exact for j, p in enumerate(found["pmf"])]
    assert [sympy.expand(difference) for difference in differences] == [0] * 4


def test_matrix(read, run):
    matrix = rp.transition_matrix(rp.Network((1, 3, 2, 1)))
    assert read("matrix", "1-3-2-1")["rows"] == matrix.to_dict()["rows"]
    table = {(row["i"], row["j"]): row["fraction"] for row in rows(run("matrix", "1-3-2-1", "--format", "csv"))}
    assert Fraction(table["3", "1"]) == matrix[3, 1].fraction
    assert table["2", "1"] == ""
    assert matrix.latex() in run("matrix", "1-3-2-1", "--format", "tex")


@pytest.mark.parametrize("style", ["text", "json", "csv"])
def test_formula(run, style):
    entry = rp.transition_matrix(rp.Network((1, 2, 2, 1)), symbolic=True)
    out = run("matrix", "1-2-2-1", "--symbolic", "--format", style)
    match style:
        case "json":
            text = json.loads(out)["exact"]
        case "csv":
            text = rows(out)[0]["exact"]
        case _:
            text = out.splitlines()[0].partition("= i) = ")[2].removesuffix(", exact")
    assert sympy.sympify(text, {symbol.name: symbol for symbol in entry.symbols}) == entry.entry


def test_formula_in_latex(run):
    entry = rp.transition_matrix(rp.Network((1, 4, 4, 1)), layer=2, symbolic=True)
    out = run("matrix", "1-4-4-1", "--layer", "2", "--symbolic", "--format", "tex", "--quiet")
    assert out == rf"P(N_{{2}} = j \mid N_{{1}} = i) = {entry.latex()}"


def test_design(read, run):
    found = read("width", "1-2-2-1", "--need", "1", "--failure", "1e-6")
    expected = rp.smallest_width(rp.Network((1, 2, 2, 1)), need=1, failure=Fraction(1, 10**6))
    assert found["exact"] == expected.exact
    assert Fraction(found["at_low"]["fraction"]) == expected.at_low.fraction
    assert read("width", "1-7-1", "--depth", "2", "--failure", "1/1000000")["exact"] == expected.exact
    assert run("depth", "1-1-1", "--failure", "1e-4", "--domain", "interval:0,1").splitlines()[0].endswith(": 0")


def test_a_proposed_design(read, run):
    argv = ("design", "8-1-1", "--depth", "3", "--need", "2", "--target", "99/100", "--unequal", "--lower", "ray")
    found = read(*argv)
    expected = rp.design(rp.Network((8, 1, 1)), depth=3, need=2, target=Fraction(99, 100), equal=False, lower="ray")
    assert tuple(found["widths"]) == expected.widths
    assert found["parameters"] == expected.parameters
    assert Fraction(found["certificate"]["fraction"]) == expected.certificate.fraction
    assert run(*argv).splitlines()[0].endswith(str(expected))
    assert read("design", "3-1-1-1", "--need", "1,2", "--budget", "60")["budget"] == 60


def test_bracket(read, run):
    around = rp.bracket(rp.Network((3, 5, 4, 1)))
    found = read("bracket", "3-5-4-1")
    assert (found["low"], found["high"]) == (around.low.to_dict(), around.high.to_dict())
    table = {
        (row["j"], row["end"]): Fraction(row["fraction"]) for row in rows(run("bracket", "3-5-4-1", "--format", "csv"))
    }
    assert table["2", "lower"] == around.low.sf(1).fraction
    assert table["2", "upper"] == around.high.sf(1).fraction


def test_explain(read, run):
    network = rp.Network((3, 5, 4, 1))
    for layer in rp.explain(network).layers:
        assert str(layer) in run("explain", "3-5-4-1")
    assert read("explain", "3-5-4-1")["layers"][1]["missing"] == rp.explain(network).layers[1].missing


def test_simulate(read, run):
    counts = rp.simulate(rp.Network((2, 3, 3, 1)), samples=200, rng=1)
    found = read("simulate", "2-3-3-1", *SMALL)
    assert (found["rows"], found["multiplicity"]) == (counts.rows.tolist(), counts.multiplicity.tolist())
    assert found["seed"] == "1"
    table = rows(run("simulate", "2-3-3-1", "--layer", "2", "--format", "csv", *SMALL))
    assert [int(row["networks"]) for row in table] == counts.counts(2).tolist()


def test_workers_change_nothing(run):
    argv = ["simulate", "2-3-3-1", "--samples", "200", "--seed", "3", "--format", "csv"]
    assert run(*argv, "--jobs", "2") == run(*argv)


def test_a_fresh_seed_is_said_and_repeats_the_answer(read):
    argv = ["born-dead", "2-3-2-2-1", "--samples", "500"]
    first = read(*argv)
    assert read(*argv, "--seed", first["seed"]) == first


def test_verify(read):
    found = read("verify", "2-3-3-1", *SMALL)
    assert found["agrees"]
    assert found["level"] == 1e-6


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    widths=st.lists(st.integers(1, 6), min_size=2, max_size=2),
    data=st.data(),
    digits=st.integers(1, 30),
)
def test_every_format_carries_the_value(run, widths, data, digits):
    need = [data.draw(st.integers(0, n)) for n in widths]
    exact = rp.trainability(rp.Network((1, *widths, 1)), need=need)
    argv = ["trainability", "-".join(map(str, (1, *widths, 1))), "--need", ",".join(map(str, need))]
    argv += ["--digits", str(digits), "--quiet"]
    assert Fraction(json.loads(run(*argv, "--format", "json"))["fraction"]) == exact.fraction
    assert Fraction(rows(run(*argv, "--format", "csv"))[0]["fraction"]) == exact.fraction
    for style in ("text", "md"):
        assert (
            Fraction(run(*argv, "--format", style).partition(": ")[2].split(maxsplit=1)[0].rstrip(","))
            == exact.fraction
        )
    assert run(*argv, "--format", "tex").endswith(f"= {sympy.latex(exact.exact)}")
