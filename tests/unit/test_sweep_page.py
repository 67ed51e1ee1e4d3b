"""The page of a sweep: every cell in its place with its interval, for any number of axes."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import serai
from serai.brief.charts import LONG_RUN, LOSS, MEDIUM_RUN
from serai.brief.charts_grid import BLANK
from serai.brief.sweep_page import SweepPage, sweep_page, write_sweep_page
from serai.errors import UnknownNameError
from serai.records.grid import Grid
from serai.scenario.sweep_block import OUTCOMES
from serai.scenario.sweep_result import Sweep
from serai.study import Study, read_study
from sweep_cases import CUT, GROWTH, write_sweep_study

TITLE = "Real income of South Caucasus"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return read_study(write_sweep_study(tmp_path_factory.mktemp("page") / "study"))


@pytest.fixture(scope="module")
def found(study: Study) -> Sweep:
    return serai.sweep(study, "small", draws=3, seed=3)


def varied(found: Sweep, *axes: dict[str, object], wealth: tuple[str, ...] = ("fixed", "steady")) -> Sweep:
    """Results of another grid: the real income of a cell is a hundredth of its number, in turn + and -."""
    grid = Grid.model_validate(
        {**found.grid.model_dump(), "axis": axes, "wealth": wealth}  # type: ignore[arg-type]
    )
    rows = []
    for cell in grid.cells:
        at = [p if a.labels else float(p) for a, p in zip(grid.axis, cell.points, strict=True)]
        for run in wealth:
            for outcome, unit in OUTCOMES.items():
                value = cell.number * (-1) ** cell.number / 100
                rows.append(
                    (
                        cell.number,
                        cell.scenario,
                        *at,
                        run,
                        "region",
                        outcome,
                        unit,
                        value - 1,
                        value,
                        value + 1,
                        3,
                    )
                )
    names = [*("cell", "scenario"), *(a.name for a in grid.axis), "wealth", "who", "outcome", "unit"]
    quantiles = pd.DataFrame(rows, columns=[*names, "low", "estimate", "high", "solved"])
    return replace(found, grid=grid, quantiles=quantiles.assign(basis="computed"))


def values(name: str, effect: str, *points: float) -> dict[str, object]:
    return {"name": name, "title": f"How much {name}", "effect": effect, "values": points}


def tips(svg: str) -> dict[str, str]:
    """What a pointer is told -> the colour of the mark it rests on."""
    marks = re.findall(r"<path([^>]*)><title>([^<]*)</title></path>", svg)
    fills = [(text, re.search(r'fill="([^"]+)"', mark)) for mark, text in marks]
    return {html.unescape(text): fill[1] for text, fill in fills if fill}


def charts(page: SweepPage) -> Iterator[tuple[str, str]]:
    for _, found in page.sections:
        yield from ((chart.key, chart.wide) for chart in found)


def test_every_cell_says_where_it_stands_and_its_interval(study: Study, found: Sweep) -> None:
    page = sweep_page(found, study)
    told = tips(dict(charts(page))["faster_exports"])
    rows = found.quantiles.query("outcome == 'exports' and who == 'region'")
    assert len(told) == len(rows) == 12
    row = rows.query("cut == 0.8 and skills == 'two percent' and wealth == 'steady'").iloc[0]
    said = next(text for text in told if text.startswith("cut 0.8, skills two percent, Long run: "))
    shown = [
        float(x.replace("\N{MINUS SIGN}", "-")) for x in re.findall(r"[-+\N{MINUS SIGN}]?\d+\.\d+", said)[1:]
    ]
    np.testing.assert_allclose(shown, [row["estimate"], row["low"], row["high"]], atol=0.005)


def test_the_finding_is_the_largest_cell(study: Study, found: Sweep) -> None:
    page = sweep_page(found, study)
    best = (
        found.quantiles.query("outcome == 'real_income' and who == 'region'").nlargest(1, "estimate").iloc[0]
    )
    assert page.finding.startswith(f"{TITLE}: 0.000 to +{best['estimate']:.3f} percent")
    assert page.finding.endswith("the most at cut 0.8, skills two percent (long run)")
    own = sweep_page(found, study, who="ARM")
    assert own.finding.startswith("Real income of Armenia: ")
    assert own.finding.partition(": ")[2] != page.finding.partition(": ")[2]
    with pytest.raises(UnknownNameError, match="ARM"):
        sweep_page(found, study, who="ARN")


def test_the_table_is_the_picture_and_the_download_has_everybody(study: Study, found: Sweep) -> None:
    page = sweep_page(found, study)
    table = page.sections[0][1][0].table
    assert len(table.rows) == 12
    assert ("0.4", "as today", "Medium run") in {tuple(row[:3]) for row in table.rows}
    text = page.html()
    files = re.findall(r'download="faster_gain.csv" href="data:text/csv;base64,([^"]+)"', text)
    data = pd.read_csv(io.BytesIO(base64.b64decode(files[0])))
    assert set(data["who"]) == set(found.quantiles["who"])
    assert set(data["outcome"]) == {"gain"}
    assert text.count("<svg") == 12
    assert not re.search(r'(?:src|href)="(?!data:|#)', text)


def test_gains_are_blue_losses_red_and_no_answer_grey(study: Study, found: Sweep) -> None:
    made = varied(found, values("a", CUT, 0.1, 0.2), values("b", GROWTH, 0.0, 0.1, 0.2), wealth=("fixed",))
    made.quantiles.loc[made.quantiles["cell"] == 3, ["low", "estimate", "high"]] = np.nan
    told = tips(sweep_page(made, study).sections[0][1][0].wide)
    colour = {re.sub(r", Medium run.*", "", text): fill for text, fill in told.items()}
    rgb = {
        k: [int(n) for n in re.findall(r"\d+", v)] if v.startswith("rgb") else v for k, v in colour.items()
    }
    assert rgb["a 0.1, b 0"][0] > 240, "zero is nearly white"
    assert rgb["a 0.1, b 0.2"][2] > rgb["a 0.1, b 0.2"][0] + 20, "cell 2 is a gain"
    assert rgb["a 0.1, b 0.1"][0] > rgb["a 0.1, b 0.1"][2] + 10, "cell 1 is a loss"
    assert colour["a 0.2, b 0"] == BLANK
    red = [int(LOSS[n : n + 2], 16) for n in (1, 3, 5)]
    assert rgb["a 0.2, b 0.2"] == red, "cell 5 is the largest"


def test_a_third_axis_is_panels_and_one_axis_is_lines(study: Study, found: Sweep) -> None:
    third = {
        "name": "c",
        "title": "Third",
        "labels": ("low", "high"),
        "effects": {"scenario/x/measure/1/cut": (0.1, 0.2)},
    }
    made = varied(found, values("a", CUT, 0.1, 0.2), values("b", GROWTH, 0.0, 0.1), third)
    wide = sweep_page(made, study).sections[0][1][0].wide
    heads = re.findall(r">((?:Medium|Long) run, c (?:low|high))<", wide)
    assert heads == [f"{run} run, c {c}" for run in ("Medium", "Long") for c in ("low", "high")]
    assert len(tips(wide)) == 16
    line = sweep_page(varied(found, values("a", CUT, 0.1, 0.2, 0.3)), study).sections[0][1][0]
    assert {MEDIUM_RUN, LONG_RUN} <= set(re.findall(r'stroke="(#\w+)"', line.wide))
    assert len(tips(line.wide)) == 6
    only = varied(found, {**third, "name": "only"}, wealth=("steady",))
    shown = sweep_page(only, study).sections[0][1][0]
    assert ">low<" in shown.wide
    assert len(shown.table.rows) == 2


def test_a_line_is_broken_where_a_cell_has_no_answer(study: Study, found: Sweep) -> None:
    made = varied(found, values("a", CUT, 0.1, 0.2, 0.3, 0.4, 0.5), wealth=("fixed",))
    whole = sweep_page(made, study).sections[0][1][0]
    assert drawn_parts(whole.wide) == drawn_parts(whole.narrow) == (1, 1)
    made.quantiles.loc[made.quantiles["cell"] == 2, ["low", "estimate", "high"]] = np.nan
    broken = sweep_page(made, study).sections[0][1][0]
    assert drawn_parts(broken.wide) == drawn_parts(broken.narrow) == (2, 2)
    assert len(tips(broken.wide)) == 4, "a dot for each answer"
    none = made.quantiles.assign(low=np.nan, estimate=np.nan, high=np.nan)
    page = sweep_page(replace(made, quantiles=none), study)
    assert not tips(page.sections[0][1][0].wide)


def drawn_parts(svg: str) -> tuple[int, int]:
    """The parts of the line and of its band."""
    found = {}
    for kind in ("line", "area"):
        group = re.search(rf'<g class="[^"]*mark-{kind}[^"]*"(.*?)</g>', svg, re.DOTALL)
        assert group
        found[kind] = len(re.findall("M", "".join(re.findall(r' d="([^"]+)"', group[1]))))
    return found["line"], found["area"]


def test_the_finding_of_several_scenarios_names_the_one(study: Study, found: Sweep) -> None:
    base, faster = study.scenarios
    slower = faster.model_copy(update={"id": "slower", "title": "Slower borders"})
    both = replace(study, scenarios=(base, faster, slower))
    weak = found.quantiles.assign(scenario="slower", estimate=found.quantiles["estimate"] / 2)
    grid = found.grid.model_copy(update={"scenarios": ("faster", "slower")})
    made = replace(found, grid=grid, quantiles=pd.concat([weak, found.quantiles], ignore_index=True))
    page = sweep_page(made, both)
    assert page.finding.endswith(f"the most at cut 0.8, skills two percent ({faster.title}, long run)")
    for (title, shown), name in zip(page.sections, (faster.title, "Slower borders"), strict=True):
        assert title == name
        assert shown[0].title.endswith("skills two percent (long run)"), "its heading names the scenario"


def test_points_and_figures_are_those_of_the_language(study: Study, found: Sweep) -> None:
    close = (0.25, 0.2500001, 0.5)
    made = varied(found, values("a", CUT, *close), values("b", GROWTH, 0.0, 0.1))
    for language, expected in (("en", "0.25 0.2500001 0.5"), ("ru", "0,25 0,2500001 0,5")):
        page = sweep_page(made, study, language=language)
        rows = page.sections[0][1][0].table.rows
        assert list(dict.fromkeys(row[0] for row in rows)) == expected.split()
        assert page.varied.rows[0][3] == expected.replace(" ", "; ")
        assert len(tips(page.sections[0][1][0].wide)) == len(rows) == 12
    wide = replace(found, quantiles=found.quantiles.assign(low=-1234.5, estimate=0.01234, high=2345.6))
    row = sweep_page(wide, study).sections[0][1][0].table.rows[0]
    assert tuple(row[3:5]) == ("0", "\N{MINUS SIGN}1,234 to 2,346"), "the ends decide the decimals"


def test_an_opened_table_is_printed_whole(study: Study, found: Sweep) -> None:
    """Beside a sweep there is no folder of tables to send a reader of paper to."""
    made = varied(found, values("a", CUT, 0.1, 0.2, 0.3), values("b", GROWTH, *np.arange(7) / 100))
    text = sweep_page(made, study).html()
    assert len(sweep_page(made, study).sections[0][1][0].table.rows) == 42
    assert "in tables/" not in text
    assert 'class="long"' not in text


def test_small_figures_stand_in_all_panels_or_in_none(study: Study, found: Sweep) -> None:
    made = varied(found, values("a", CUT, 0.1, 0.2), values("b", GROWTH, 0.0, 0.1, 0.2))
    assert small_figures(sweep_page(made, study).sections[0][1][0].wide) == 12
    ends = made.quantiles["wealth"] == "steady"
    made.quantiles.loc[ends, ["low", "high"]] = [-123456789012.0, 123456789012.0]
    crowded = sweep_page(made, study).sections[0][1][0]
    assert len(tips(crowded.narrow)) == 12
    assert small_figures(crowded.narrow) == 0, "one panel has no room"
    assert "in small figures where there is room" in crowded.subtitle


def small_figures(svg: str) -> int:
    """How many intervals stand in cells."""
    return len(re.findall(r">[^<>]*\d to [^<>]*\d</text>", svg))


def test_cells_without_an_answer_are_named(study: Study, found: Sweep) -> None:
    empty = replace(found, quantiles=found.quantiles.assign(low=np.nan, estimate=np.nan, high=np.nan))
    page = sweep_page(empty, study)
    assert page.finding == f"{TITLE}: no cell has an answer"
    assert "no answer" in page.html()
    notebook = empty._repr_html_()
    assert notebook.count("<td>no answer</td>") == 12


def test_a_notebook_shows_the_larger_the_stronger(found: Sweep) -> None:
    shown = found._repr_html_()
    strength = [float(x) for x in re.findall(r"rgba\(\d+, \d+, \d+, ([\d.]+)\)", shown)]
    assert len(strength) == 12
    assert strength[0] == 0.0
    assert max(strength) == strength[-1] == 0.5
    assert "rgba(11, 92, 138, 0.50)" in shown
    losses = replace(found, quantiles=found.quantiles.assign(estimate=-found.quantiles["estimate"]))
    assert "rgba(179, 54, 43, 0.50)" in losses._repr_html_()
    assert not re.search(r"https?:|src=|<script", shown)


def test_the_page_lies_beside_its_results_and_survives_a_second_run(study: Study, tmp_path: Path) -> None:
    from serai.brief.explain import verify

    found = serai.sweep(study, "small", draws=2, seed=3, out=tmp_path / "out")
    page = write_sweep_page(sweep_page(found, study), tmp_path / "out")
    assert page == tmp_path / "out" / "sweep.html"
    assert verify(tmp_path / "out", study.path).holds
    serai.sweep(study, "small", draws=2, seed=3, out=tmp_path / "out")
    assert verify(tmp_path / "out", study.path).holds
    page.write_text("other")
    edited = {"sweep.html": "output was edited after the run"}
    assert verify(tmp_path / "out", study.path).changed == edited
    serai.sweep(study, "small", draws=2, seed=3, out=tmp_path / "out")
    assert verify(tmp_path / "out", study.path).changed == edited, "another run blesses no edit"
    write_sweep_page(sweep_page(found, study), tmp_path / "out")
    assert verify(tmp_path / "out", study.path).holds
