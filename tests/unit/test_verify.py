"""`serai verify`: every kind of input is fingerprinted, and what changed is named, nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import serai
from serai.atlas.load import TABLES
from serai.atlas.network import NETWORK_TABLES
from serai.brief.document import Brief
from serai.brief.explain import verify
from serai.brief.write import write
from serai.errors import RunError
from serai.provenance import packaged
from serai.study import read_study, reference_study
from sweep_cases import write_sweep_study

PACKAGE = Path(serai.__file__).parent
LOOKED_UP = ("atlas/schema/", "atlas/sources/", "validation/", "studies/")
"""Data of the package that no number of a brief comes from: schemas, readers of official files, published
results; and the reference study, which is an input like any other."""


@pytest.fixture(scope="module")
def run(brief: Brief, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(brief, tmp_path_factory.mktemp("verify") / "tokyo")


def test_every_data_file_of_the_package_is_fingerprinted() -> None:
    there = {
        f.relative_to(PACKAGE).as_posix()
        for kind in ("csv", "toml", "geojson")
        for f in PACKAGE.rglob(f"*.{kind}")
    }
    of_the_atlas = {f"atlas/tables/{name}.csv" for name in (*TABLES, *NETWORK_TABLES)}
    rest = {name for name in there - of_the_atlas if not name.startswith(LOOKED_UP)}
    assert rest == set(packaged())
    assert of_the_atlas <= there


def test_every_file_of_a_study_is_named_when_it_changes(run: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(reference_study(), study)
    names = list(read_study(study).hashes)
    assert len(names) > 30
    for name in names:
        file = study / name
        text = file.read_text(encoding="utf-8")
        file.write_text(text + "# seen\n" if name.endswith("toml") else text.rstrip("\n"), encoding="utf-8")
    assert verify(run, study).changed == {f"study: {name}": "input changed since the run" for name in names}


@pytest.mark.parametrize("table", ["trade", "links"])
def test_a_table_of_the_atlas_is_named(run: Path, tmp_path: Path, table: str) -> None:
    study = tmp_path / "study"
    shutil.copytree(reference_study(), study)
    (study / "tables").mkdir()
    text = (PACKAGE / "atlas" / "tables" / f"{table}.csv").read_text(encoding="utf-8")
    (study / "tables" / f"{table}.csv").write_text(text.rstrip("\n"), encoding="utf-8")
    assert verify(run, study).changed == {
        f"study: tables/{table}.csv": "input is new",
        f"atlas: {table}": "input changed since the run",
    }


def test_packaged_tables_maps_and_cards_are_named(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = dict(packaged())
    now["programme/tables/reference_classes.csv"] = "0"
    del now["atlas/tables/region.geojson"]
    now["atlas/cards/new.toml"] = "1"
    monkeypatch.setattr("serai.brief.explain.packaged", lambda: now)
    assert verify(run).changed == {
        "package: atlas/cards/new.toml": "input is new",
        "package: atlas/tables/region.geojson": "input is gone",
        "package: programme/tables/reference_classes.csv": "input changed since the run",
    }


def test_a_sweep_is_verified_like_a_brief(tmp_path: Path) -> None:
    study, out = write_sweep_study(tmp_path / "study"), tmp_path / "out"
    serai.sweep(study, "small", draws=2, out=out)
    assert verify(out).holds
    (study / "commitments.csv").write_text((study / "commitments.csv").read_text().rstrip("\n"))
    assert verify(out).holds, "no number of a sweep depends on it"
    with (study / "scenarios" / "10_faster.toml").open("a") as file:
        file.write("# seen\n")
    (out / "summary.csv").write_text("edited")
    (out / "draws" / "more.parquet").touch()
    assert verify(out).changed == {
        "summary.csv": "output was edited after the run",
        "draws/more.parquet": "output was added after the run",
        "study: scenarios/10_faster.toml": "input changed since the run",
    }
    (out / "sweep.json").write_text("{}")
    with pytest.raises(RunError, match="damaged"):
        verify(out)
