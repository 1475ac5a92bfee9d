"""The comparison with the golden copies, and that the golden copies are complete and agree with the simulation."""

from pathlib import Path

import build
import check
import pytest

from relu_prob.tables import Table


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    table = Table("Coins", "Fair.", ["n", "P"], [[1, "1/2"], [2, "1/4"]])
    table.write(tmp_path / "out", "coins")
    table.write(tmp_path / "golden", "coins")
    return ["--out", str(tmp_path / "out"), "--expected", str(tmp_path / "golden")]


def test_equal_tables_pass(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(folders) == 0
    assert capsys.readouterr().out == ""


def test_a_changed_cell_is_shown(folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out" / "coins.csv"
    path.write_text(path.read_text().replace("1/4", "1/3"))
    assert check.main(folders) == 1
    assert capsys.readouterr().out.splitlines() == [
        "--- golden/coins.csv",
        "+++ out/coins.csv",
        "@@ -1,4 +1,4 @@",
        " n,P",
        " 1,1/2",
        "-2,1/4",
        "+2,1/3",
        " ",
    ]


def test_a_changed_line_end_is_a_difference(folders: list[str], tmp_path: Path) -> None:
    path = tmp_path / "out" / "coins.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check.main(folders) == 1


@pytest.mark.parametrize("folder", ["out", "golden"])
def test_a_missing_or_extra_table_is_a_difference(folders: list[str], tmp_path: Path, folder: str) -> None:
    (tmp_path / folder / "coins.tex").unlink()
    assert check.main(folders) == 1


def test_nothing_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["--out", str(tmp_path)]) == 1
    assert "build.py" in capsys.readouterr().err


def test_accept(folders: list[str], tmp_path: Path) -> None:
    Table("Coins", "Unfair.", ["n"], [[1]]).write(tmp_path / "out", "coins")
    (tmp_path / "golden" / "old.csv").write_text("gone")
    assert check.main([*folders, "--accept"]) == 0
    assert check.main(folders) == 0
    assert not (tmp_path / "golden" / "old.csv").exists()


def test_golden_copies_are_complete() -> None:
    names = {f"{name}.{suffix}" for script in build.SCRIPTS for name in script.NAMES for suffix in ("csv", "md", "tex")}
    assert set(check.tables(check.EXPECTED)) == names


def test_golden_copies_agree_with_the_simulation() -> None:
    for path in check.EXPECTED.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert "Simulation:" not in text or ", and all of the " in text, path.name
