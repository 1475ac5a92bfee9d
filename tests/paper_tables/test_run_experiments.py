"""The command that runs the experiments: what it writes reads back, and every experiment has its results committed."""

import json

import pytest
import run


def test_results_read_back_with_a_row_on_a_line():
    result = {"seed": 1, "settings": {"a": [1, 2]}, "rows": [{"x": 0.1}, {"x": None}], "none": []}
    written = run.text(result)
    assert json.loads(written) == result
    assert '{"x": 0.1},\n{"x": null}\n' in written


@pytest.mark.parametrize("name", run.EXPERIMENTS)
def test_committed_results_are_as_written(name):
    written = (run.RESULTS / f"{name}.json").read_text(encoding="utf-8")
    result = json.loads(written)
    assert run.text(result) == written
    assert {"seed", "settings", "seconds", "versions"} <= set(result)


def test_an_unknown_name_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["run.py", "e99"])
    with pytest.raises(SystemExit):
        run.main()
    assert "got e99" in capsys.readouterr().err
