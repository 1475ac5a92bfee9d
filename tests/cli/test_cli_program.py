"""Exit statuses and streams: bad input, interrupts, the two ways to start, and what starting costs."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import relu_prob as rp
from relu_prob.cli import commands, main

NET = "1-4-4-1"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("points")
    (folder / "empty.csv").write_text("")
    (folder / "words.csv").write_text("x,y\n1,2\n")
    (folder / "uneven.csv").write_text("1\n1,2\n")
    (folder / "empty.npy").write_bytes(b"")
    (folder / "garbage.npy").write_bytes(b"garbage")
    np.save(folder / "norows.npy", np.empty((0, 2)))
    np.save(folder / "flat.npy", np.array([1.0, 2.0]))
    np.save(folder / "nan.npy", np.array([[np.nan]]))
    np.save(folder / "objects.npy", np.array([[None]], dtype=object), allow_pickle=True)
    (folder / "latin.csv").write_bytes(b"\xe9")
    return folder


BAD = [
    ("widths", "born-dead 1-0-1"),
    ("widths", "born-dead 1-1"),
    ("widths", "born-dead 1-2.5-1"),
    ("widths", "born-dead text"),
    ("widths", "born-dead 1--2-1"),
    ("widths", "born-dead"),
    ("--domain", f"born-dead {NET} --domain ball:-1"),
    ("--domain", f"born-dead {NET} --domain ball:0"),
    ("--domain", f"born-dead {NET} --domain ball:nan"),
    ("--domain", f"born-dead {NET} --domain ball:inf"),
    ("--domain", f"born-dead {NET} --domain ball:1/0"),
    ("--domain", f"born-dead {NET} --domain ball"),
    ("--domain", f"born-dead {NET} --domain cube:1"),
    ("--domain", f"born-dead {NET} --domain interval:1,0"),
    ("--domain", f"born-dead {NET} --domain interval:1"),
    ("--domain", f"born-dead {NET} --domain box:0"),
    ("--domain", f"born-dead {NET} --domain orthant:1"),
    ("--domain", f"born-dead {NET} --domain points:"),
    ("--domain", f"born-dead {NET} --domain points:1,2;3"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/missing.csv"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/missing.npy"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/empty.csv"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/words.csv"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/uneven.csv"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/latin.csv"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/empty.npy"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/garbage.npy"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/norows.npy"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/flat.npy"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/nan.npy"),
    ("--domain", f"born-dead {NET} --domain points:FOLDER/objects.npy"),
    ("domain", f"born-dead {NET} --domain points:1,2"),
    ("domain", f"born-dead {NET} --domain points:0"),
    ("--weights", f"born-dead {NET} --weights cauchy"),
    ("--weights", f"born-dead {NET} --weights normal"),
    ("--weights", f"born-dead {NET} --weights normal:"),
    ("--weights", f"born-dead {NET} --weights normal:-1"),
    ("--weights", f"born-dead {NET} --weights normal:text"),
    ("--weights", f"born-dead {NET} --weights he:2"),
    ("--weights", f"born-dead {NET} --weights zero"),
    ("--biases", f"born-dead {NET} --biases constant:0"),
    ("--biases", f"born-dead {NET} --biases he"),
    ("biases", f"born-dead {NET} --biases sphere"),
    ("--layer", f"born-dead {NET} --layer 0"),
    ("layer", f"born-dead {NET} --layer 3"),
    ("layer", f"matrix {NET} --layer 3"),
    ("layer", f"simulate {NET} --layer 3"),
    ("--need", f"trainability {NET}"),
    ("--need", f"trainability {NET} --need -1,2"),
    ("--need", f"trainability {NET} --need nan"),
    ("--need", f"trainability {NET} --need 2.5,2"),
    ("need", f"trainability {NET} --need 2"),
    ("need", f"trainability {NET} --need 2,5"),
    ("need", f"trainability {NET} --need 0,1 --death permanent"),
    ("--death", f"trainability {NET} --need 1,1 --death slow"),
    ("--method", f"born-dead {NET} --method guess"),
    ("--method", f"matrix {NET} --method bracket"),
    ("--samples", f"simulate {NET} --samples 0"),
    ("--samples", f"simulate {NET} --samples many"),
    ("--seed", f"simulate {NET} --seed -1"),
    ("--level", f"simulate {NET} --level 1"),
    ("--level", f"simulate {NET} --level nan"),
    ("--jobs", f"simulate {NET} --jobs 0"),
    ("--digits", f"born-dead {NET} --digits 0"),
    ("--digits", f"born-dead {NET} --digits 99999999"),
    ("--format", f"born-dead {NET} --format pdf"),
    ("--target", f"width {NET} --target 1"),
    ("--failure", f"width {NET} --failure 0"),
    ("--failure", f"width {NET}"),
    ("--target", f"width {NET} --failure 0.1 --target 0.9"),
    ("target", f"width {NET} --failure 1e-9 --limit 2"),
    ("limit", f"width {NET} --failure 1e-9 --need 3 --limit 2"),
    ("--depth", f"width {NET} --failure 0.1 --depth 0"),
    ("need", f"depth {NET} --failure 0.1 --need 5"),
    ("network", "depth 1-2-3-1 --failure 0.1"),
    ("--upper", f"bracket {NET} --upper best"),
    ("--folder", "tables --folder FOLDER/missing"),
    ("--folder", "tables --folder FOLDER"),
    ("COMMAND", ""),
    ("COMMAND", "predict"),
    ("--colour", f"born-dead {NET} --colour"),
]


@pytest.mark.parametrize(("name", "line"), BAD, ids=[line for _, line in BAD])
def test_bad_input(capsys, files, name, line):
    assert main(line.replace("FOLDER", str(files)).split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1
    prefix, _, message = err.partition("error: ")
    assert prefix.startswith("relu-prob")
    assert name in message


def test_the_message_says_value_and_what_is_allowed(capsys):
    main(["born-dead", NET, "--weights", "cauchy"])
    expected = (
        "relu-prob born-dead: error: argument --weights: must be he, lecun, glorot, normal:SIGMA, he-uniform, pytorch, "
        "uniform:B, sphere, rademacher, orthogonal or rai, got 'cauchy'\n"
    )
    assert capsys.readouterr().err == expected


def test_long_values_are_cut(capsys):
    main(["born-dead", NET, "--domain", "x" * 10_000])
    assert len(capsys.readouterr().err) < 400


def test_not_covered(capsys):
    assert main(["counts", "3-5-4-1", "--method", "exact"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "no theorem covers layer 2" in err
    assert "- layer 2 of a narrow first layer: the first layer must be no wider" in err


def test_cost(capsys):
    assert main(["bracket", "-".join(["3", *["300"] * 50, "1"])]) == 2
    assert "digits=50" in capsys.readouterr().err


def test_interrupt(capsys, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.rp, "born_dead", interrupted, raising=False)
    assert main(["born-dead", NET]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_disagreement_is_an_exit_status(capsys, monkeypatch):
    agreement = rp.agree(rp.Network((1, 2, 1)), samples=100, rng=1, level=1e-6)
    monkeypatch.setattr(type(agreement), "agrees", property(lambda self: False))
    assert main(["verify", "1-2-1", "--samples", "100"]) == 1
    assert "DISAGREE" in capsys.readouterr().out


@pytest.fixture
def scripts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("somewhere") / "paper_tables"
    folder.mkdir()
    (folder / "t1_first.py").write_text("from pathlib import Path\nPath('first').touch()\n")
    (folder / "t2_second.py").write_text("raise SystemExit(3)\n")
    (folder / "build.py").write_text("raise SystemExit(1)\n")
    return folder


def test_tables(capsys, monkeypatch, scripts):
    monkeypatch.chdir(scripts.parent)
    assert main(["tables", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["scripts"] == {"t1_first": 0, "t2_second": 3}
    assert (scripts.parent / "first").exists()


@pytest.mark.parametrize("style", ["text", "json", "csv", "md", "tex"])
@pytest.mark.parametrize("name", ["t1", "t1_first", "t1_first.py"])
def test_one_table(capsys, scripts, style, name, monkeypatch):
    monkeypatch.chdir(scripts.parent)
    assert main(["tables", name, "--folder", str(scripts), "--format", style, "--quiet"]) == 0
    assert capsys.readouterr().out.replace(r"\_", "_").count("t1_first") == 1


def test_a_table_that_is_not_there(capsys, scripts):
    assert main(["tables", "t3", "--folder", str(scripts)]) == 2
    assert "must be one of t1_first, t2_second, got 't3'" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--version", "--cite", "--help"])
def test_exiting_options(capsys, option):
    with pytest.raises(SystemExit) as info:
        main([option])
    assert info.value.code in (0, None)
    assert {"--version": rp.__version__, "--cite": "1907.09696", "--help": "trainability"}[
        option
    ] in capsys.readouterr().out


def python(*arguments, **kwargs):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, **kwargs)


def test_starting_is_cheap():
    code = (
        "import sys; from relu_prob.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'sympy', 'scipy', 'numpy', 'flint', 'mpmath'} & set(sys.modules)))"
    )
    assert python("-c", code).stdout.splitlines() == [f"relu-prob {rp.__version__}", "[]"]


def test_python_m_also_where_the_terminal_lacks_a_character():
    done = python("-m", "relu_prob", "born-dead", "1-20-20-1", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("P(N_2 = 0): 1572863/576460752303423488 ~ 2.72848237059531e-12, exact\n")
    done = python("-m", "relu_prob", "born-dead", "1-0-1")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_leaves():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "relu_prob", "born-dead", NET]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
