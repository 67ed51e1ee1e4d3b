"""`serai validate`: every check holds, its published numbers are those of the papers, its page is current."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tools.describe_validation import PAGE, page

from serai.errors import InputError, UnknownNameError
from serai.validation import CHECKS, Report, Row, check, registry, validate
from serai.validation.check import DIFFERENCE, FAIL, LEFT_OUT, PASS, compare, published

DIFFERENT = {"agtpa-3", "agtpa-equilibrium", "financial", "pyfixest", "gegravity"}


@pytest.fixture(scope="module")
def report(validation_data: Path) -> Report:
    return validate(validation_data)


@pytest.fixture(scope="module")
def targets(validation_data: Path) -> dict[str, Any]:
    return dict(json.loads((validation_data / "targets.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", [check.name for check in CHECKS])
def test_every_number_is_the_published_one_or_a_documented_difference(report: Report, name: str) -> None:
    outcome = next(outcome for outcome in report.outcomes if outcome.check == name)
    assert outcome.left_out == ""
    assert [row for row in outcome.rows if row.verdict == FAIL] == []
    assert outcome.verdict == (DIFFERENCE if name in DIFFERENT else PASS)
    assert all(row.note for row in outcome.rows if row.verdict == DIFFERENCE)


def test_the_page_is_current(report: Report) -> None:
    assert page(report) == PAGE.read_text(encoding="utf-8"), "run: python -m tools.describe_validation"


def of(name: str) -> dict[str, float]:
    return {number.quantity: number.value for number in published()[name]}


def test_packaged_figures_are_those_of_the_targets(targets: dict[str, Any]) -> None:
    one = targets["agtpa_ch1_table1"]
    expected = {f"{c} observations": one["N"][k] for k, c in enumerate(one["cols"])}
    for term in ("ln_dist", "cntg", "lang", "clny"):
        for k, column in enumerate(one["cols"]):
            expected |= {f"{column} {term}": one[term][k][0], f"{column} {term} (s.e.)": one[term][k][1]}
    assert of("agtpa-1") == expected
    two = {k: v for k, v in targets["agtpa_ch1_table2_distance_puzzle"].items() if k != "note"}
    expected = {f"{c} change, %": v[0] for c, v in two.items()}
    assert of("agtpa-2") == expected | {f"{c} change, % (s.e.)": v[1] for c, v in two.items()}
    three, found = targets["agtpa_ch1_table3_rta"], of("agtpa-3")
    for k, column in enumerate(three["cols"]):
        assert [found[f"{column} rta"], found[f"{column} rta (s.e.)"]] == three["rta"][k]
    for k, column in enumerate(("PHSNG", "GLBZN")):
        for lag in ("rta_lag4", "rta_lag8", "rta_lag12"):
            assert [found[f"{column} {lag}"], found[f"{column} {lag} (s.e.)"]] == three[lag][k]
        total = [found[f"{column} total"], found[f"{column} total (s.e.)"]]
        assert total == three[f"total_{column.lower()}"]
    for year, pair in three["intl_border_glbzn"].items():
        assert [found[f"GLBZN border {year}"], found[f"GLBZN border {year} (s.e.)"]] == pair
    assert len(found) == 2 * (7 + 1 + 6 + 2 + 5)


def test_packaged_figures_of_the_other_papers_are_those_of_the_targets(targets: dict[str, Any]) -> None:
    ppml = of("agtpa-ppml")
    for term in ("ln_dist", "cntg", "intl_brdr"):
        assert ppml[term] == targets["ch2_app1_ppml"][term]
        assert f"{ppml[f'{term} (s.e.)']:.7f}".lstrip("0") in targets["ch2_app1_ppml"]["note"]
    theirs = targets["weidner_zylkin_manuf_three_way"]
    names = {"fta": "fta", "fta (s.e.)": "se", "bias": "bias", "fta corrected": "corrected"}
    for ours, name in {**names, "fta corrected (s.e.)": "se_adj"}.items():
        assert of("weidner-zylkin")[ours] == theirs[name]
    table, found = targets["cp2015_nafta_table2"], of("caliendo-parro")
    for label, key in (("without deficits", "zero_deficit"), ("with deficits", "with_deficit")):
        for member, parts in table[key].items():
            for name, value in parts.items():
                assert found[f"{member} {name}, {label}"] == value
    assert len(found) == 24


@pytest.mark.parametrize(
    ("ours", "expected", "verdict"),
    [
        (1.0004, None, PASS),
        (1.0006, None, FAIL),
        (1.5, 1.5004, DIFFERENCE),
        (1.6, 1.5, FAIL),
        (float("nan"), 1.5, FAIL),
        (float("inf"), None, FAIL),
    ],
)
def test_verdicts(ours: float, expected: float | None, verdict: str) -> None:
    assert Row("q", 1.0, ours, 0.0005, expected, "why").verdict == verdict


def test_a_number_off_by_a_digit_fails_the_report(report: Report) -> None:
    first = report.outcomes[0]
    wrong = replace(first, rows=(replace(first.rows[0], ours=first.rows[0].ours + 0.001), *first.rows[1:]))
    broken = Report((wrong, *report.outcomes[1:]))
    assert report.holds
    assert not broken.holds
    assert wrong.verdict == FAIL
    assert f"{first.rows[0].quantity}: published" in broken.summary()


def test_a_quantity_on_one_side_only_is_refused() -> None:
    ours = {number.quantity: number.value for number in published()["exposure"]}
    assert all(row.verdict == PASS for row in compare("exposure", ours))
    ours.pop("exposure of income")
    with pytest.raises(InputError, match="on one side only"):
        compare("exposure", ours)
    with pytest.raises(InputError, match="on one side only"):
        compare("exposure", {"exposure of income": 0.0, "exposure of welfare": 0.0, "more": 1.0})


def test_the_largest_gap_of_nothing_or_of_no_number_is_no_number() -> None:
    assert Row("q", 0.0, check.largest([]), 1.0).verdict == FAIL
    assert Row("q", 0.0, check.largest([0.0, float("nan")]), 1.0).verdict == FAIL
    assert check.largest([1.0, -3.0]) == 3.0


def test_what_is_not_at_hand_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERAI_VALIDATION", raising=False)
    alone = validate(only=["agtpa-1", "exposure", "financial"])
    verdicts = {outcome.check: outcome.verdict for outcome in alone.outcomes}
    assert verdicts == {"agtpa-1": LEFT_OUT, "exposure": PASS, "financial": DIFFERENCE}
    assert alone.holds
    assert "set SERAI_VALIDATION" in alone.summary()
    assert "1 checks were left out" in alone.summary()
    empty = validate(tmp_path, only=["separation"]).outcomes[0]
    assert empty.left_out.startswith("absent from the folder: separation/01.csv")
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda _: None)
    assert validate(only=["gegravity"]).outcomes[0].left_out == "gegravity is not installed"


def test_names_and_folders_that_do_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="caliendo-parro"):
        validate(only=["caliendo-paro"])
    with pytest.raises(InputError, match="no such folder"):
        validate(tmp_path / "none")


def test_nothing_marked_test_only_is_in_the_package(validation_data: Path) -> None:
    package = Path(registry.__file__).parents[1]
    shipped = {path.stat().st_size: path for path in package.rglob("*") if path.is_file()}
    for path in validation_data.rglob("*"):
        if path.is_file() and path.stat().st_size > 100:
            twin = shipped.get(path.stat().st_size)
            assert twin is None or twin.read_bytes() != path.read_bytes(), path.name
