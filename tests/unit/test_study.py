"""A study folder: read, refused with all its problems, copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from serai.atlas import load
from serai.errors import InputError
from serai.scaffold import new_region
from serai.scenario.evaluate import check_names
from serai.study import new_study, read_study, reference_study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of the reference study that a test may spoil."""
    return new_study(tmp_path / "mine")


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


BORDERS = """exporter,importer,hours,hours_low,hours_high,fee_usd,fee_low_usd,fee_high_usd,basis,source
KAZ,KGZ,6.8,3.4,13.6,50,25,100,assumed,assumed
"""


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        check_names(read_study(folder), load())
    return str(caught.value)


def test_the_reference_study_is_valid_and_ordered_by_rung() -> None:
    study = read_study()
    check_names(study, load())
    assert [s.rung for s in study.scenarios] == sorted(s.rung for s in study.scenarios)
    assert study.lead.id == "JPN"
    assert study.ladder()[0] == "facilitation"
    assert study.ladder()[-1] == "japan"
    assert "unified_wto" not in study.ladder()
    assert len(study.claims) == 20
    assert set(study.hashes) >= {"study.toml", "scenarios/30_unified_fta.toml"}


def test_measures_of_a_scenario_come_after_those_it_builds_on() -> None:
    keys = [key for key, _ in read_study().measures("unified_fta")]
    assert keys == [
        "scenario/facilitation/measure/1",
        "scenario/open_borders/measure/1",
        "scenario/unified_fta/measure/1",
    ]


def test_a_copy_is_whole_and_never_overwrites(study: Path) -> None:
    ours, theirs = dict(read_study(study).hashes), dict(read_study().hashes)
    assert ours.pop("study.toml") != theirs.pop("study.toml"), "it has a name of its own"
    assert ours == theirs
    assert read_study(study).about.id == "mine"
    with pytest.raises(InputError, match="not empty"):
        new_study(study)
    assert not list(study.parent.glob(".mine*")), "nothing half-made is left"


def test_a_folder_that_does_not_exist_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such study folder"):
        read_study(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (
            "study.toml",
            'headline = "unified_fta"',
            'headline = "unified_ftaa"',
            ["Did you mean unified_fta?"],
        ),
        ("study.toml", 'deficits = "fixed"', 'deficits = "fix"', ["study.toml", "settings.deficits", "fix"]),
        ("study.toml", "lead = true", "lead = false", ["exactly one lead partner"]),
        ("study.toml", 'eaeu = "eaeu_depth"', 'eaeu = "eaeu_dept"', ["Did you mean eaeu_depth?"]),
        (
            "study.toml",
            'eaeu = "eaeu_depth"',
            'eeau = "eaeu_depth"',
            ["no such agreement", "Did you mean eaeu?"],
        ),
        ("study.toml", '"TJK", "TKM"', '"TJK", "TKX"', ["no such economy or group", "TKX", "Did you mean"]),
        ("study.toml", 'id = "mine"', "id = mine", ["study.toml", "Correct the TOML"]),
        ("study.toml", 'id = "KOR"', 'id = "TUR"', ["two partners have the same id", "TUR"]),
        (
            "study.toml",
            'economies = ["TUR"]',
            'economies = ["KAZ"]',
            ["KAZ belongs to the region and to partner TUR"],
        ),
        (
            "study.toml",
            'economies = ["TUR"]',
            'economies = ["DEU"]',
            ["DEU belongs to partner EU and to partner TUR"],
        ),
        (
            "scenarios/10_facilitation.toml",
            "value = 0.5",
            "value = 50",
            ["share from 0 to 1", "Did you mean 0.5?"],
        ),
        ("same.csv", "kg-naryn-bridge", "kg-naryn-brigde", ["same.csv", "Did you mean kg-naryn-bridge?"]),
        (
            "scenarios/10_facilitation.toml",
            "between = [",
            "betwen = [",
            ["no such field", "Did you mean between?", "row 13"],
        ),
        (
            "scenarios/10_facilitation.toml",
            'kind = "border_hours"',
            'kind = "border"',
            ["Did you mean border_hours?"],
        ),
        (
            "scenarios/10_facilitation.toml",
            'kind = "border_hours"',
            'kind = "tariff_cut"',
            ["takes no tariffs"],
        ),
        (
            "scenarios/10_facilitation.toml",
            'builds_on = "today"',
            'builds_on = "open_borders"',
            ["builds on itself"],
        ),
        (
            "scenarios/10_facilitation.toml",
            'source = "assumed',
            'sauce = "assumed',
            ["no such field", "Did you mean source?"],
        ),
        ("scenarios/10_facilitation.toml", "high = 0.7\n", "", ["needs `low` and `high`"]),
        (
            "scenarios/30_unified_fta.toml",
            "agreement_effect_trade",
            "agreement_effect_trad",
            ["Did you mean agreement_effect_trade?"],
        ),
        ("borders.csv", "KAZ,KGZ,6.8", "KAZ,KGZ,-6.8", ["borders.csv", "row 2", "hours", "-6.8"]),
        ("borders.csv", "KAZ,KGZ,6.8", 'KAZ,KGZ,"6,8"', ["borders.csv", "row 2", "hours", "6,8"]),
        (
            "study.toml",
            "lead = true",
            "leed = true",
            ["partner.1.leed", "there is no such field", "Did you mean lead?"],
        ),
        (
            "scenarios/40_hubs_zones.toml",
            '"ALT"',
            '"ALTT"',
            ["measure.1.places", "no such place with a terminal", "Did you mean ALT?"],
        ),
    ],
)
def test_what_is_wrong_is_named_with_place_and_remedy(
    study: Path, name: str, old: str, new: str, words: list[str]
) -> None:
    if name == "borders.csv":
        (study / name).write_text(BORDERS, encoding="utf-8")
    spoil(study, name, old, new)
    text = refusal(study)
    for word in words:
        assert word in text


def test_all_files_are_read_before_anything_is_refused(study: Path) -> None:
    (study / "borders.csv").write_text(BORDERS.replace("6.8", "many"), encoding="utf-8")
    spoil(study, "scenarios/10_facilitation.toml", "rung = 1", 'rung = "first"')
    (study / "claims.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError) as caught:
        read_study(study)
    assert {problem.file for problem in caught.value.problems} == {
        "borders.csv",
        "scenarios/10_facilitation.toml",
        "claims.toml",
    }


def test_a_missing_file_is_said_so(study: Path) -> None:
    (study / "study.toml").unlink()
    with pytest.raises(InputError, match=r"study\.toml: the file is missing"):
        read_study(study)


def test_a_study_may_replace_a_table_of_the_atlas(study: Path) -> None:
    source = Path(load().files["parameters"])
    (study / "tables").mkdir()
    target = study / "tables" / "parameters.csv"
    shutil.copy(source, target)
    target.write_text(
        target.read_text(encoding="utf-8").replace("trade_elasticity,5,", "trade_elasticity,6,")
    )
    found = read_study(study)
    assert load(found.tables).parameter("trade_elasticity").value == 6
    assert "tables/parameters.csv" in found.hashes
    assert load().parameter("trade_elasticity").value == 5


def test_every_file_of_the_reference_study_counts_in_its_fingerprint() -> None:
    folder = reference_study()
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix in (".toml", ".csv")}
    grids = {name for name in files if name.startswith("sweeps/")}  # a brief does not depend on them
    assert grids
    assert files - grids == set(read_study().hashes)


@pytest.mark.parametrize("kind", ["border_hours", "customs", "free_zone"])
def test_a_measure_at_borders_needs_borders(tmp_path: Path, kind: str) -> None:
    """In a study without a network and without borders.csv it would do nothing and say so nowhere."""
    folder = new_region(tmp_path / "africa", ["KEN", "UGA"], ["CHN"])
    file = folder / "scenarios" / "30_agreement.toml"
    sides = {
        "border_hours": ('between = ["region"]', "cut"),
        "customs": ('economies = ["region"]', "cut"),
        "free_zone": ('hosts = ["KEN"]\npartners = ["CHN"]', "share"),
    }
    where, field = sides[kind]
    before = file.read_text(encoding="utf-8")
    file.write_text(
        f'{before}\n[[measure]]\nkind = "{kind}"\nname = "One"\nfeasibility = "Not asked"\n{where}\n'
        f'[measure.{field}]\nvalue = 0.5\nunit = "share"\nbasis = "assumed"\nsource = "assumed: a test"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"no corridor network and no borders\.csv") as caught:
        read_study(folder)
    (problem,) = caught.value.problems
    assert (problem.file, problem.value) == ("scenarios/30_agreement.toml", kind)
    assert problem.row is not None
    assert file.read_text(encoding="utf-8").splitlines()[problem.row - 1] == f'kind = "{kind}"'
    assert problem.field == f"measure.{before.count('[[measure]]') + 1}.kind", "measures are counted from 1"
    rows = "KEN,UGA,24,12,48,120,80,200,assumed,an example\nUGA,KEN,24,12,48,120,80,200,assumed,an example\n"
    head = "exporter,importer,hours,hours_low,hours_high,fee_usd,fee_low_usd,fee_high_usd,basis,source\n"
    (folder / "borders.csv").write_text(head + rows, encoding="utf-8")
    assert read_study(folder).has_borders
