"""The brief: every number has a path, the run is whole or absent, workers change nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serai.atlas import load
from serai.brief import write as writing
from serai.brief.document import Brief
from serai.brief.explain import explain, verify
from serai.brief.numbers import Number, Numbers
from serai.brief.words import words
from serai.brief.write import write
from serai.draws import Draws
from serai.errors import InputError, RunError, UnknownNameError
from serai.scenario.evaluate import evaluate
from serai.study import read_study, reference_study


@pytest.fixture(scope="module")
def run(brief: Brief, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(brief, tmp_path_factory.mktemp("runs") / "tokyo")


def test_every_number_on_the_page_is_in_brief_json_and_shown_with_its_basis(run: Path) -> None:
    page = (run / "brief.html").read_text(encoding="utf-8")
    numbers = json.loads((run / "brief.json").read_text(encoding="utf-8"))["numbers"]
    shown = re.findall(r'<span class="num ([a-z]+)" data-key="([^"]+)"', page)
    assert len({key for _, key in shown}) > 300
    for basis, key in shown:
        assert numbers[key.replace("&gt;", ">")]["basis"] == basis


def test_intervals_hold_their_estimates_and_every_solve_converged(run: Path) -> None:
    data = json.loads((run / "brief.json").read_text(encoding="utf-8"))
    manifest = json.loads((run / "run.json").read_text(encoding="utf-8"))
    for key, number in data["numbers"].items():
        if number["low"] is not None:
            assert number["low"] <= number["estimate"] <= number["high"], key
    assert manifest["solves_converged"] == manifest["solves"]
    assert manifest["largest_residual"] < 1e-11


def test_the_tables_hold_the_numbers_of_the_page(run: Path, brief: Brief) -> None:
    files = {path.stem for path in (run / "tables").glob("*.csv")}
    assert files == set(brief.tables())
    economies = pd.read_csv(run / "tables" / "economies.csv").query("measure == 'real_income'")
    for row in economies.to_dict("records"):
        number = brief.desk.numbers[f"ladder/unified_fta/fixed/{row['economy']}/real_income"]
        assert row["estimate"] == pytest.approx(100 * number.estimate, rel=1e-6)
        assert row["low"] == pytest.approx(100 * (number.low or 0), rel=1e-6)


def test_the_gain_of_the_region_is_the_sum_of_its_economies_draw_by_draw(brief: Brief) -> None:
    from serai.brief import measurements as m

    desk = brief.desk
    values = m.outcome(desk, "unified_fta", "fixed").real_income
    parts = [m.money(desk, values, code) for code in desk.study.about.region.economies]
    np.testing.assert_allclose(sum(parts), m.money(desk, values, m.REGION))
    whole = m.relative(desk, values, m.REGION)
    assert (
        whole >= np.min([m.relative(desk, values, c) for c in desk.study.about.region.economies], axis=0)
    ).all()


def test_the_rungs_add_up_to_the_ladder(brief: Brief) -> None:
    from serai.brief import measurements as m

    desk = brief.desk
    total = sum(
        m.money(desk, m.outcome(desk, name, "fixed").real_income, m.REGION)
        - (
            m.money(desk, m.outcome(desk, below, "fixed").real_income, m.REGION)
            if (below := desk.study.scenario(name).builds_on) != "today"
            else 0
        )
        for name in desk.study.ladder()
    )
    top = m.money(desk, m.outcome(desk, desk.study.ladder()[-1], "fixed").real_income, m.REGION)
    np.testing.assert_allclose(total, top)


def test_today_changes_nothing() -> None:
    results = evaluate(read_study(), load(), Draws(3, 1), scenarios=["today"])
    for wealth in ("fixed", "steady"):
        today = results.outcomes["today", wealth]
        np.testing.assert_allclose(today.real_income, 0, atol=1e-11)
        np.testing.assert_allclose(today.trade, results.base_trade, rtol=1e-9)
        np.testing.assert_allclose(today.fdi, results.base_fdi, rtol=1e-9)


def test_workers_and_pieces_change_no_number(
    brief: Brief, commanded: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    others = json.loads((commanded[0] / "brief.json").read_text(encoding="utf-8"))["numbers"]
    assert set(others) == set(brief.desk.numbers.by_key)
    for key, number in brief.desk.numbers.by_key.items():
        ours, theirs = number.as_dict(), others[key]
        for field in ("estimate", "low", "high"):
            assert (ours[field] is None) == (theirs[field] is None)
            assert ours[field] is None or theirs[field] == pytest.approx(ours[field], rel=1e-6, abs=1e-9), key


def test_a_run_verifies_until_something_changes(run: Path, brief: Brief, tmp_path: Path) -> None:
    assert verify(run).holds
    copy = write(brief, tmp_path / "copy")
    page = copy / "brief.html"
    page.write_text(page.read_text(encoding="utf-8").replace("USD", "EUR"), encoding="utf-8")
    (copy / "tables" / "map.csv").unlink()
    (copy / "more.txt").write_text("x")
    assert set(verify(copy).changed) == {"brief.html", "tables/map.csv", "more.txt"}
    study = tmp_path / "study"
    shutil.copytree(reference_study(), study)
    assert verify(run, study).holds
    (study / "study.toml").write_text((study / "study.toml").read_text(encoding="utf-8") + "\n# changed\n")
    assert verify(run, study).changed == {"study: study.toml": "input changed since the run"}
    (study / "study.toml").write_text("broken")
    assert "study" in verify(run, study).changed


def test_a_changed_added_or_missing_table_of_the_atlas_does_not_verify(run: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(reference_study(), study)
    (study / "tables").mkdir()
    table = Path(load().files["parameters"]).read_text(encoding="utf-8")
    own = study / "tables" / "parameters.csv"
    own.write_text(table.replace("trade_elasticity,5,", "trade_elasticity,6,"), encoding="utf-8")
    changed = verify(run, study).changed
    assert changed["atlas: parameters"] == "input changed since the run"
    assert changed["study: tables/parameters.csv"] == "input is new"
    shutil.rmtree(study / "tables")
    (study / "claims.toml").unlink()
    assert verify(run, study).changed == {"study: claims.toml": "input is gone"}


def test_a_run_explains_the_tables_it_was_made_from(run: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(reference_study(), study)
    (study / "tables").mkdir()
    table = Path(load().files["parameters"]).read_text(encoding="utf-8")
    (study / "tables" / "parameters.csv").write_text(
        table.replace("trade_elasticity,5,", "trade_elasticity,6,"), encoding="utf-8"
    )
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    manifest = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**manifest, "study_path": str(study)}))
    assert explain(copy, "atlas/parameters/trade_elasticity").fields["value"] == 6
    assert explain(run, "atlas/parameters/trade_elasticity").fields["value"] == 5
    found = explain(run, "atlas/parameters/trade_elasticity")
    assert "head_mayer_2014" in found.sources


def test_a_damaged_run_is_said_so_and_may_be_replaced(brief: Brief, tmp_path: Path) -> None:
    out = write(brief, tmp_path / "out")
    (out / "run.json").write_text("{}")
    for ask in (lambda: verify(out), lambda: explain(out, "x")):
        with pytest.raises(RunError, match="damaged"):
            ask()
    write(brief, out)
    assert verify(out).holds
    manifest = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps({**manifest, "study": "nordic"}))
    with pytest.raises(InputError, match="a run of another study, 'nordic'"):
        write(brief, out)
    (out / "run.json").write_text(json.dumps({**manifest, "version": "0.0"}))
    assert "serai" in verify(out).changed


def test_paths_of_measures_reach_everything_that_moves_them(brief: Brief) -> None:
    nodes = brief.desk.numbers.nodes

    def reach(key: str) -> set[str]:
        made = nodes.get(key, {}).get("made_from", [])
        assert isinstance(made, list)
        return {key}.union(*(reach(str(back)) for back in made))

    found = reach("scenario/hubs_zones")
    assert {
        "study/assumptions/eaeu_depth",
        "study/assumptions/cis_fta_depth",
        "atlas/agreements",
        "atlas/parameters/value_of_day_pct",
        "atlas/parameters/trade_elasticity",
        "network",
        "atlas/crossings",
    } <= found


def test_an_interrupted_run_leaves_what_was_there(
    brief: Brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = write(brief, tmp_path / "out")
    before = (out / "run.json").read_bytes()

    def interrupted(_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "data", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(brief, out)
    with pytest.raises(KeyboardInterrupt):
        write(brief, tmp_path / "fresh")
    assert (out / "run.json").read_bytes() == before
    assert verify(out).holds
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_a_run_replaces_a_run_but_nothing_else(brief: Brief, tmp_path: Path) -> None:
    out = write(brief, tmp_path / "out")
    write(brief, out)
    assert verify(out).holds
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter.txt").write_text("years of work")
    with pytest.raises(InputError, match="something other than a run"):
        write(brief, foreign)
    with pytest.raises(InputError, match="the output is a file"):
        write(brief, foreign / "chapter.txt")
    assert (foreign / "chapter.txt").read_text() == "years of work"


def test_explain_suggests_and_says_when_there_is_no_run(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean ladder/unified_fta/fixed/KAZ/gain"):
        explain(run / "brief.json", "ladder/unified_fta/fixed/KAZ/gian")
    with pytest.raises(RunError, match="is not a run"):
        explain(tmp_path, "x")
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(RunError, match="damaged"):
        explain(tmp_path, "x")


def test_one_key_holds_one_number() -> None:
    numbers = Numbers()
    number = Number("k", "label", 1.0, "count", "reported")
    numbers.add(number)
    numbers.add(number)
    with pytest.raises(ValueError, match="two different numbers"):
        numbers.add(Number("k", "label", 2.0, "count", "reported"))
    with pytest.raises(UnknownNameError):
        numbers.add(Number("other", "label", 1.0, "count", "guessed"))


@pytest.mark.parametrize(
    ("number", "main", "spread"),
    [
        (Number("", "", 0.00284, "ratio_change", "computed", 0.0012, 0.0065), "+0.28 %", "+0.12 to +0.65"),
        (
            Number("", "", -0.0031, "ratio", "computed", -0.012, 0.0),
            "\N{MINUS SIGN}0.31 %",
            "\N{MINUS SIGN}1.20 to 0.00",
        ),
        (Number("", "", 1294.0, "usd_million", "computed", 546.0, 2898.0), "USD 1.3 bn", "0.5 to 2.9"),
        (Number("", "", 228.4, "usd_million", "computed", 39.0, 636.0), "USD 228 m", "39 to 636"),
        (Number("", "", 17794780.0, "usd_million", "reported"), "USD 17,795 bn", ""),
        (Number("", "", 6.0, "count", "reported"), "6", ""),
        (Number("", "", 0.0, "ratio_change", "computed", -1e-9, 1e-9), "0.000 %", "0.000 to 0.000"),
        (Number("", "", float("nan"), "ratio", "computed"), "not known", ""),
    ],
)
def test_figures_have_as_many_digits_as_they_deserve(number: Number, main: str, spread: str) -> None:
    assert words().quantity(number) == (main, spread)


def test_figures_follow_the_language() -> None:
    assert words("ru").figure(1234.5, 1) == "1\N{NO-BREAK SPACE}234,5"
    assert words("ja").figure(1234.5, 1, signed=True) == "+1,234.5"
    with pytest.raises(UnknownNameError, match="language"):
        words("xx")


def test_the_other_measure_of_integration_stands_beside_the_main_one(run: Path) -> None:
    shipped = pd.read_csv(reference_study() / "attraction.csv")
    shares = shipped[shipped["term"] == "log_share"]
    table = pd.read_csv(run / "tables" / "deciding_share.csv")
    assert table["estimate"].tolist() == pytest.approx(shares["estimate"].tolist())
    numbers = json.loads((run / "brief.json").read_text(encoding="utf-8"))["numbers"]
    number = numbers["estimate/attraction/outsiders/intra-regional_trade"]
    assert number["estimate"] == pytest.approx(1.1 ** float(shares["estimate"].iloc[0]) - 1)
    assert "trade" in number["label"]
    more = pd.read_csv(run / "tables" / "deciding.csv")["specification"]
    assert "outsiders, more controls" in more.tolist()
