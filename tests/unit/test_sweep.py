"""Sweeps: every cell is what the scenario with those numbers gives; whatever stops a sweep loses no cell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import serai
from serai.atlas import load
from serai.draws import Draws
from serai.errors import InputError, RunError, UnknownNameError
from serai.executors import Processes, Serial
from serai.records.grid import Grid
from serai.scenario import sweep as module
from serai.scenario.evaluate import evaluate
from serai.scenario.grid import check_grid, read_grid
from serai.scenario.sweep import cut
from serai.scenario.sweep_block import Block, Solved, Work, solve_block
from serai.scenario.sweep_result import Sweep
from serai.study import Study, read_study
from sweep_cases import CUT, GRID, GROWTH, write_sweep_study

DRAWS = 5
Small = tuple[Study, Sweep]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sweep_study(tmp_path_factory.mktemp("sweep") / "study")


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return read_study(folder)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of at most 4 cells and 2 draws: six of them."""
    monkeypatch.setattr(module, "CELLS", 4)
    monkeypatch.setattr(module, "DRAWS", 2)


@pytest.fixture
def whole(study: Study) -> Sweep:
    """The sweep in one go, in memory; the same each time."""
    if not _WHOLE:
        _WHOLE.append(serai.sweep(study, "small", draws=DRAWS, seed=3))
    return _WHOLE[0]


_WHOLE: list[Sweep] = []


def same(one: Sweep, other: Sweep) -> None:
    """The same numbers to the last bit."""
    pd.testing.assert_frame_equal(one.draws(), other.draws(), check_exact=True, check_categorical=False)
    pd.testing.assert_frame_equal(one.quantiles, other.quantiles, check_exact=True)


def changed(text: str, **replaced: str) -> Grid:
    import tomllib

    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    return Grid.model_validate(tomllib.loads(text))


# what a cell is


def test_each_cell_is_the_scenario_with_those_numbers(study: Study, whole: Sweep) -> None:
    """The scenario with its numbers written into it, evaluated as the brief does, draw by draw."""
    atlas, draws = load(study.tables), Draws(DRAWS, seed=3)
    every = whole.draws().set_index(["cut", "skills", "wealth", "draw", "who"])
    region = atlas.economies.indices(study.about.region.economies)
    for share, label, growth in ((0.4, "two percent", 0.02), (0.8, "as today", 0.0)):
        (base, faster) = study.scenarios
        measures = [
            m.model_copy(update={f: getattr(m, f).model_copy(update={"value": v, "shape": "fixed"})})
            for m, f, v in zip(faster.measure, ("cut", "growth"), (share, growth), strict=True)
        ]
        written = replace(study, scenarios=(base, faster.model_copy(update={"measure": tuple(measures)})))
        found = evaluate(written, atlas, draws, scenarios=["faster"])
        assert all(o.status.max() == 0 for o in found.outcomes.values())
        names = list(found.groups)
        inside = [names.index(code) for code in study.about.region.economies]
        outside = [n for n in range(len(names)) if n not in inside]
        for wealth in ("fixed", "steady"):
            outcome = found.outcomes["faster", wealth]
            rows = every.loc[(share, label, wealth, slice(None), "region")]
            weights = found.absorption[:, region]
            money = (outcome.real_income[:, region] * weights).sum(axis=1)
            np.testing.assert_allclose(rows["gain"], money, rtol=1e-7, atol=1e-6)
            np.testing.assert_allclose(rows["real_income"], 100 * money / weights.sum(axis=1), rtol=1e-7)
            sent = outcome.trade[:, inside][:, :, outside].sum(axis=(1, 2))
            before = found.base_trade[:, inside][:, :, outside].sum(axis=(1, 2))
            np.testing.assert_allclose(rows["exports"], 100 * (sent / before - 1), rtol=1e-6, atol=1e-9)
            owned = outcome.fdi[:, outside][:, :, inside].sum(axis=(1, 2))
            before = found.base_fdi[:, outside][:, :, inside].sum(axis=(1, 2))
            np.testing.assert_allclose(rows["inward_fdi"], 100 * (owned / before - 1), rtol=1e-6, atol=1e-9)
            arm = every.loc[(share, label, wealth, slice(None), "ARM")]
            for name in ("real_gdp", "real_gni"):
                own = getattr(outcome, name)[:, atlas.economies.index("ARM")]
                np.testing.assert_allclose(arm[name], 100 * own, rtol=1e-7, atol=1e-9)


def test_nothing_set_changes_nothing_and_more_gives_more(whole: Sweep) -> None:
    table = whole.table(wealth="fixed")
    assert abs(table.loc[0.0, "as today"]) < 1e-9
    assert (np.diff(table.to_numpy(), axis=0) > 0).all()
    assert (np.diff(table.to_numpy(), axis=1) > 0).all()


def test_cells_share_their_draws(whole: Sweep) -> None:
    """What is drawn is the same in all cells: the gain of the cut alone hardly depends on the skills."""
    rows = whole.draws().query("who == 'region' and wealth == 'fixed'").set_index(["skills", "cut", "draw"])
    gain = rows["real_income"]
    alone = gain["as today"][0.8] - gain["as today"][0.0]
    beside = gain["two percent"][0.8] - gain["two percent"][0.0]
    np.testing.assert_allclose(alone, beside, rtol=0.05)
    assert alone.std() > 0.05 * alone.mean(), "the draws differ among themselves"


def test_percentiles_are_those_of_the_draws(whole: Sweep) -> None:
    every = whole.draws().groupby(["cell", "wealth", "who"], observed=True)["exports"]
    rows = whole.quantiles.query("outcome == 'exports'").set_index(["cell", "wealth", "who"])
    assert (rows["solved"] == DRAWS).all()
    for key, values in every:
        expected = np.quantile(values, (0.05, 0.5, 0.95))
        np.testing.assert_array_equal(rows.loc[key, ["low", "estimate", "high"]].astype(float), expected)
    assert len(whole.quantiles) == 6 * 2 * 6 * 6
    assert len(whole.draws()) == 6 * 2 * DRAWS * 6


# the file


def test_cells_are_the_products_of_points_and_lists_move_in_step(study: Study) -> None:
    grid = read_grid("small", study)
    settings = [cell.settings for cell in grid.cells]
    assert [(s[CUT], s[GROWTH]) for s in settings] == [(c, g) for c in (0.0, 0.4, 0.8) for g in (0.0, 0.02)]
    assert [cell.points for cell in grid.cells][:3] == [
        ("0", "as today"),
        ("0", "two percent"),
        ("0.4", "as today"),
    ]
    held = f'[hold]\n"{GROWTH}" = 0.01\n[[axis]]\nname = "cut"\n'
    lines = GRID.partition('[[axis]]\nname = "skills"')[0]
    short = changed(lines, **{'[[axis]]\nname = "cut"\n': held})
    assert [cell.settings for cell in short.cells] == [{GROWTH: 0.01, CUT: c} for c in (0.0, 0.4, 0.8)]
    check_grid(short, study)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "cut"', 'name = "wealth"', "is a column of the results"),
        ("values = [0.0, 0.4, 0.8]", "", "takes one or more `values`"),
        ("= [0.0, 0.02]", "= [0.0]", "has 1 values for 2 labels"),
        ("[0.0, 0.4, 0.8]", "[0.4, 0.4]", "0.4 is there twice"),
        (f'"{GROWTH}"', f'"{CUT}"', "is there twice"),
        ('labels = ["as today", "two percent"]', "", "`effects` with `labels`|takes `labels`"),
        ("values = [0.0, 0.4, 0.8]", "values = [0.0]\nsteps = 3", "no such field"),
        (CUT, "faster/cut", "should match pattern"),
        ('["faster"]', '["fastest"]', "Did you mean faster"),
        (CUT, CUT.replace("cut", "cuts"), "no such effect.*Did you mean scenario/faster/measure/1/cut"),
        ("0.8]", "80]", "is a share from 0 to 1, not 80.*Did you mean 0.8"),
    ],
)
def test_a_wrong_grid_is_refused_with_the_place(
    study: Study, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    file = tmp_path / "wrong.toml"
    assert old in GRID
    file.write_text(GRID.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=reason) as caught:
        read_grid(file, study)
    assert all(problem.file == "wrong.toml" for problem in caught.value.problems)


def test_all_problems_at_once_and_names_of_grids(study: Study, tmp_path: Path) -> None:
    grid = changed(GRID, **{"0.8]": "80, 90]", "0.02]": '0.02]\n[hold]\n"scenario/faster/measure/7/cut" = 1'})
    with pytest.raises(InputError) as caught:
        check_grid(grid, study)
    assert len(caught.value.problems) == 3
    with pytest.raises(UnknownNameError, match="Did you mean small"):
        read_grid("smal", study)
    with pytest.raises(InputError, match=r"no such grid.*docs/sweeps.md.*take one of the study: small"):
        read_grid(tmp_path / "none.toml", study)
    with pytest.raises(InputError, match=r"a folder and no grid.* GRID"):
        read_grid(tmp_path, study)


def test_the_grids_of_the_reference_study_are_valid() -> None:
    tokyo = read_study()
    grid = read_grid("union_and_borders", tokyo)
    assert len(grid.cells) == 25


# blocks


@pytest.mark.parametrize(("cells", "draws"), [(1, 1), (4, 2), (7, 5), (8, 4), (9, 3), (13, 1)])
def test_blocks_hold_every_cell_and_draw_once(cells: int, draws: int) -> None:
    blocks = cut(cells, draws)
    covered = [(c, d) for b in blocks for c in range(b.first, b.last) for d in range(b.start, b.stop)]
    assert sorted(covered) == [(c, d) for c in range(cells) for d in range(draws)]
    assert [block.number for block in blocks] == list(range(len(blocks)))


def test_any_number_of_workers_gives_the_same_numbers(study: Study, whole: Sweep) -> None:
    same(serai.sweep(study, "small", draws=DRAWS, seed=3, executor=Processes(3)), whole)


class _Counted(Serial):
    """An executor that counts its blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def finished(self, function, shared, pieces):  # type: ignore[no-untyped-def]
        self.blocks += pieces
        return super().finished(function, shared, pieces)


def test_a_sweep_goes_on_where_it_was_stopped(study: Study, whole: Sweep, tmp_path: Path) -> None:
    out, seen = tmp_path / "out", []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done > total / 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serai.sweep(study, "small", draws=DRAWS, seed=3, out=out, progress=stop)
    kept = {file.name: file.stat().st_mtime_ns for file in (out / "draws").iterdir()}
    assert 0 < len(kept) < 6
    assert not (out / "summary.csv").exists()
    rest, steps = _Counted(), []
    found = serai.sweep(
        study, "small", draws=DRAWS, seed=3, out=out, executor=rest, progress=lambda *s: steps.append(s)
    )
    assert len(rest.blocks) + len(kept) == 6
    assert steps[0] == seen[-1], "what was done counts as done"
    assert steps[-1] == (60, 60)
    assert {name: (out / "draws" / name).stat().st_mtime_ns for name in kept} == kept
    same(found, whole)
    again = _Counted()
    same(serai.sweep(study, "small", draws=DRAWS, seed=3, out=out, executor=again), whole)
    assert again.blocks == []
    frame = pd.read_csv(out / "summary.csv")
    pd.testing.assert_frame_equal(frame, whole.quantiles, check_dtype=False, rtol=1e-9, atol=1e-9)


def test_a_changed_study_or_grid_is_refused_and_named(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    serai.sweep(study, "small", draws=2, out=out)
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    hashes = {**study.hashes, "scenarios/10_faster.toml": "0", "tables/trade.csv": "1"}
    with pytest.raises(RunError, match=r"scenarios/10_faster.toml changed; study: tables/trade.csv is new"):
        serai.sweep(replace(study, hashes=hashes), "small", draws=2, out=out)
    with pytest.raises(RunError, match="grid: axis changed"):
        serai.sweep(study, changed(GRID, **{"0.4": "0.5"}), draws=2, out=out)
    with pytest.raises(RunError, match="draws was 2, is 3"):
        serai.sweep(study, "small", draws=3, out=out)
    with pytest.raises(RunError, match="seed was 1, is 9"):
        serai.sweep(study, "small", draws=2, seed=9, out=out)
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before
    unmoved = {**study.hashes, "commitments.csv": "0"}
    serai.sweep(replace(study, hashes=unmoved), "small", draws=2, out=out)


def test_a_folder_of_something_else_is_left_alone(study: Study, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match="something other than a sweep"):
        serai.sweep(study, "small", draws=2, out=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]
    (tmp_path / "letter.txt").rename(tmp_path / "sweep.json")
    with pytest.raises(RunError, match="damaged"):
        serai.sweep(study, "small", draws=2, out=tmp_path)


def test_a_damaged_or_foreign_block_is_made_again(study: Study, whole: Sweep, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    for where, seed in ((out, 3), (other, 4)):
        serai.sweep(study, "small", draws=DRAWS, seed=seed, out=where)
    blocks = sorted((out / "draws").iterdir())
    blocks[0].write_bytes(blocks[0].read_bytes()[:-7])
    blocks[1].write_bytes((other / "draws" / blocks[1].name).read_bytes())
    blocks[2].unlink()
    (out / "draws" / ".000004.parquet.999999999.part").write_bytes(b"half")
    rest = _Counted()
    same(serai.sweep(study, "small", draws=DRAWS, seed=3, out=out, executor=rest), whole)
    assert [block.number for block in rest.blocks] == [0, 1, 2]
    assert not list(out.rglob("*.part"))


def test_a_file_is_there_as_a_whole_or_not_at_all(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("serai.scenario.sweep_files.os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        serai.sweep(study, "small", draws=2, out=tmp_path / "out")
    assert [file.suffix for file in (tmp_path / "out").rglob("*")] == [".part"]


# cells without an answer


def test_a_cell_that_cannot_be_posed_does_not_lose_the_others(
    study: Study, whole: Sweep, tmp_path: Path
) -> None:
    grid = changed(GRID, **{"[0.0, 0.02]": "[-1.0, 0.02]", '"as today"': '"nobody works"'})
    found = serai.sweep(study, grid, draws=DRAWS, seed=3, out=tmp_path / "out")
    assert {(f.points[1], f.wealth) for f in found.failures} == {
        ("nobody works", "fixed"),
        ("nobody works", "steady"),
    }
    assert len(found.failures) == 6
    assert all("labour" in f.reason for f in found.failures)
    assert found.table()["nobody works"].isna().all()
    np.testing.assert_array_equal(found.table()["two percent"], whole.table()["two percent"])
    about = json.loads((tmp_path / "out" / "sweep.json").read_text())
    assert about["solves"] == 60
    assert about["solves_converged"] == 30
    assert len(about["failures"]) == 6
    assert "nobody works" in found.summary()
    assert "labour" in found.summary()
    assert found._repr_html_().count("nobody works") > 2
    again = serai.sweep(study, grid, draws=DRAWS, seed=3, out=tmp_path / "out")
    assert again.failures == found.failures


def _unsolved(work: Work, block: Block) -> Solved:
    """Draw 1 of cell 2 has no answer under the first closure."""
    found = solve_block(work, block)
    if block.first <= 2 < block.last and block.start <= 1 < block.stop:
        place = (2 - block.first, 0, 1 - block.start)
        found.values[place], found.status[place] = np.nan, 2
    return found


def test_draws_without_an_answer_are_counted_and_too_many_refused(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "solve_block", _unsolved)
    found = serai.sweep(study, "small", draws=DRAWS, seed=3)
    (failure,) = found.failures
    assert (failure.cell, failure.wealth) == (2, "fixed")
    assert "1 of 5 draws have no answer: the search stopped" in failure.reason
    assert failure.remedy
    rows = found.quantiles.query("cell == 2")
    assert rows.query("wealth == 'fixed'")["estimate"].isna().all()
    assert set(rows.query("wealth == 'fixed'")["solved"]) == {4}
    assert rows.query("wealth == 'steady'")["estimate"].notna().all()
    assert found.manifest["solves_converged"] == 59


def test_one_draw_in_twenty_may_fail(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "solve_block", _unsolved)
    monkeypatch.setattr(module, "DRAWS", 20)
    found = serai.sweep(study, "small", draws=20, seed=3)
    assert found.failures == ()
    row = found.quantiles.query("cell == 2 and wealth == 'fixed' and who == 'ARM' and outcome == 'gain'")
    assert row["solved"].item() == 19
    left = found.draws().query("cell == 2 and wealth == 'fixed' and who == 'ARM' and draw != 1")["gain"]
    assert row["estimate"].item() == np.median(left)


# what is shown


def test_tables_for_reading(whole: Sweep) -> None:
    table = whole.table("gain", who="ARM", wealth="steady", column="high")
    assert list(table.index) == [0.0, 0.4, 0.8]
    assert list(table.columns) == ["as today", "two percent"]
    row = whole.quantiles.query(
        "cut == 0.4 and skills == 'two percent' and who == 'ARM' and wealth == 'steady' and outcome == 'gain'"
    )
    assert table.loc[0.4, "two percent"] == row["high"].item()
    for wrong in ({"outcome": "welfare"}, {"who": "XXX"}, {"column": "mean"}):
        with pytest.raises(UnknownNameError):
            whole.table(**wrong)  # type: ignore[arg-type]
    assert "6 cells, 5 draws each (seed 3); 60 of 60 solves" in whole.summary()
    page = whole._repr_html_()
    assert page.count("<table") == 2
    assert " to " in page
    assert whole.manifest["fingerprint"][:12] in whole.cite()
    mine = whole.tidy()
    mine["estimate"] = 0.0
    assert whole.quantiles["estimate"].abs().max() > 0


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    yield
    _WHOLE.clear()
