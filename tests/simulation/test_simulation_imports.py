"""The simulation is independent evidence: it imports nothing of the theory."""

import ast
from pathlib import Path

import relu_prob.simulation

DESCRIPTION = ("checks", "network", "domains", "initialization", "layer_graph", "simulation")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_the_description_of_networks_is_imported():
    files = sorted(Path(relu_prob.simulation.__file__).parent.rglob("*.py"))
    assert len(files) > 5
    for path in files:
        for name in imported(path):
            if name.split(".")[0] == "relu_prob":
                assert name.split(".")[1] in DESCRIPTION, f"{path.name} imports {name}"
            assert not name.startswith("scipy.stats"), f"{path.name} imports {name}, which is slow to import"
