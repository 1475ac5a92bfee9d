"""Which way the arrows point: who imports whom, read from the source; and what a bare import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import relu_prob

ROOT = Path(relu_prob.__file__).parent
DESCRIPTION = {"network", "domains", "initialization", "layer_graph"}
SKINS = {"verification", "tables", "plots", "cli", "__main__", "concrete", "torch"}
FILES = sorted(path for path in ROOT.rglob("*.py"))


def module(path):
    """Its name inside the package, as a tuple."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def imported(path):
    """The modules of this package that a file imports anywhere in it, as tuples."""
    package = module(path) if path.name == "__init__.py" else module(path)[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                outer = ("relu_prob", *package)[: len(package) + 2 - node.level]
                base = ".".join((*outer, *filter(None, [base])))
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            first, *rest = name.split(".")
            if first == "relu_prob":
                yield existing(rest)


def existing(parts):
    """The longest part of a dotted name that is a module: the rest are names in it."""
    for size in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:size])
        if path.with_suffix(".py").exists() or (path / "__init__.py").exists():
            return tuple(parts[:size])
    return ()


def may_import(importer, target):
    """Whether the arrow from one module to another points down."""
    room = importer[0]
    if target == ():
        return False  # the package itself: everything at once
    if target == ("_version",):
        return True
    name = target[0]
    if room == "checks":
        return False
    if room == "numbers":
        return name in {"numbers", "checks"}
    if room == "orthant":
        return name in {"orthant", "numbers", "checks"}
    if room == "results":
        return name in {"results", "numbers", "checks"}
    if room == "interpolation":
        return name in {"interpolation", "results", "numbers", "checks"}
    if room in DESCRIPTION:
        return name in DESCRIPTION | {"checks"}
    if room == "theorems":
        if name != "theorems":
            return name in DESCRIPTION | {"checks", "numbers", "results", "orthant"}
        return target in {("theorems",), ("theorems", "theorem")} or target[:2] == importer[:2]
    if room == "simulation":
        return name in DESCRIPTION | {"checks", "results", "simulation"}
    if importer[:2] == ("estimator", "sequential"):
        return target[:2] == importer[:2] or name in DESCRIPTION | {"checks", "numbers", "results", "orthant"}
    if room == "estimator":
        return name in DESCRIPTION | {"checks", "numbers", "results", "orthant", "simulation", "estimator"}
    assert room == "questions", f"{room} is a new room: say here what it may import"
    return name in DESCRIPTION | {
        "checks",
        "numbers",
        "results",
        "orthant",
        "estimator",
        "theorems",
        "simulation",
        "questions",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: ".".join(module(path)) or "relu_prob")
def test_arrows_point_down(path):
    importer = module(path)
    if importer in {(), ("_version",)} or importer[0] in SKINS:
        return
    assert [".".join(target) for target in imported(path) if not may_import(importer, target)] == []


def test_the_rooms_are_there():
    rooms = {module(path)[0] for path in FILES if module(path)}
    upper = {"orthant", "theorems", "simulation", "estimator", "questions", "interpolation", "concrete"}
    assert {"checks", "numbers", "results"} | upper | DESCRIPTION <= rooms


def test_arrows_are_found_where_there_are_some():
    found = set(imported(ROOT / "questions" / "count_law.py"))
    assert {("simulation",), ("questions", "bracket"), ("network",), ("theorems", "theorem")} <= found
    assert not may_import(("theorems", "one_ray"), ("theorems", "layer_two"))
    assert not may_import(("theorems", "first_layer", "ball"), ("theorems", "one_ray"))
    assert may_import(("theorems", "first_layer", "ball"), ("theorems", "first_layer", "family"))
    assert not may_import(("simulation", "run"), ("theorems", "theorem"))
    assert not may_import(("simulation", "run"), ("orthant", "cells"))
    assert may_import(("theorems", "first_layer", "few_points"), ("orthant",))
    assert not may_import(("estimator", "sequential", "run"), ("theorems", "theorem"))
    assert not may_import(("estimator", "sequential", "run"), ("simulation", "run"))
    assert not may_import(("results", "masses"), ("network",))
    assert not may_import(("interpolation", "rank"), ("network",))
    assert not may_import(("theorems", "bracket"), ("questions", "bracket"))
    assert not may_import(("estimator", "sign_group"), ("theorems", "theorem"))


def test_a_bare_import_is_light():
    heavy = ["sympy", "scipy", "matplotlib", "torch", "flint", "numpy", "mpmath"]
    code = f"import sys, relu_prob; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_question_does_not_import_the_extras():
    code = (
        "import sys, relu_prob; relu_prob.born_dead(relu_prob.Network((1, 4, 4, 1)));"
        "print([name for name in ('scipy.stats', 'matplotlib', 'torch', 'dask') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
