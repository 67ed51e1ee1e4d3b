"""`serai sweep` as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from serai.cli import app
from serai.errors import InputError, RunError, UnknownNameError
from serai.provenance import sha256
from sweep_cases import write_sweep_study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_sweep_study(tmp_path / "study")


def serai(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_sweep_of_a_study(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--draws", 2, "--workers", 1, "--out", out)
    done = serai("sweep", study, study / "sweeps" / "small.toml", *options, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert len(found["rows"]) == 6 * 2 * 6 * 6
    assert (found["draws"], found["solves"], found["solves_converged"]) == (2, 24, 24)
    assert set(found["outputs"]) == {"draws/000000.parquet", "summary.csv", "sweep.html"}
    assert found["outputs"]["sweep.html"] == sha256((out / "sweep.html").read_bytes())
    row = found["rows"][-1]
    assert (row["cut"], row["skills"], row["wealth"], row["who"]) == (0.8, "two percent", "steady", "TUR")
    assert row["low"] <= row["estimate"] <= row["high"]
    text = serai("sweep", study, "small", *options).stdout
    assert "Borders and skills: 6 cells, 2 draws each (seed 1); 24 of 24 solves have an answer." in text
    assert str(out / "summary.csv") in text
    assert f"Open {out / 'sweep.html'}" in text
    assert "Real income of South Caucasus" in (out / "sweep.html").read_text(encoding="utf-8")
    names = sorted(file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file())
    assert names == ["draws/000000.parquet", "summary.csv", "sweep.html", "sweep.json"]
    about = json.loads((out / "sweep.json").read_text())
    assert set(about["outputs"]) == {"draws/000000.parquet", "summary.csv", "sweep.html"}
    with pytest.raises(RunError, match="draws was 2, is 3"):
        app(["sweep", str(study), "small", "--draws", "3", "--out", str(out)], standalone_mode=False)


def test_an_interruption_says_what_is_kept(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, progress: Any, **__: object) -> None:
        progress(1200, 12000)
        raise KeyboardInterrupt

    monkeypatch.setattr("serai.scenario.sweep.sweep", interrupted)
    done = serai("sweep", study, "small", "--out", tmp_path / "out")
    assert done.exit_code == 130
    assert "1,200 of 12,000 solves are kept" in done.stderr
    assert "goes on from there" in done.stderr


def test_a_wrong_economy_or_language_is_refused_before_anything_is_solved(
    study: Path, tmp_path: Path
) -> None:
    for option, wrong in (("--who", "ARN"), ("--lang", "xx")):
        with pytest.raises(UnknownNameError, match=wrong):
            app(
                ["sweep", str(study), "small", option, wrong, "--out", str(tmp_path / "out")],
                standalone_mode=False,
            )
    assert not (tmp_path / "out").exists()


def test_nothing_solved_is_an_answer_of_no(study: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    text = (study / "sweeps" / "small.toml").read_text()
    file.write_text(text.replace("[0.0, 0.02]", "[-1.0, -2.0]"))
    done = serai("sweep", study, file, "--draws", 2, "--workers", 1, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "labour" in done.stdout


def test_check_reads_the_grids_of_a_study(study: Path) -> None:
    done = serai("check", study, "--json")
    assert json.loads(done.stdout)["sweeps"] == ["small"]
    grid = study / "sweeps" / "small.toml"
    grid.write_text(grid.read_text().replace('["faster"]', '["fastest"]'))
    with pytest.raises(InputError, match="Did you mean faster"):
        app(["check", str(study)], standalone_mode=False)


def test_a_cluster_takes_no_number_of_workers(study: Path) -> None:
    done = serai("sweep", study, "small", "--cluster", "tcp://127.0.0.1:9", "--workers", 2)
    assert done.exit_code == 2
    assert "--workers" in done.output
