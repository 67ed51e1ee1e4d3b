"""A study of any region from one command: it is valid, it solves, and its brief speaks of nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serai.brief.country import country_from
from serai.brief.document import Brief, few_draws
from serai.brief.explain import Paths
from serai.brief.numbers import Numbers
from serai.brief.write import render, write
from serai.cli.common import too_few
from serai.draws import LEAST_DRAWS
from serai.errors import InputError
from serai.pipeline import make_brief
from serai.scaffold import new_region
from serai.study import read_study

EAST_AFRICA = ("KEN", "UGA", "TZA", "RWA", "BDI")
REFERENCE_WORDS = re.compile(
    r"Central Asia|Tokyo|Japan|Kazakh|Kyrgyz|Uzbek|Tajik|Turkmen|Caspian|Samarkand|Tashkent|Astana|Almaty"
    r"|EAEU|JICA|JBIC|Dadabayev|Kurbanov|Sariyev|\bC5\b|\b(?:KAZ|KGZ|TJK|TKM|UZB|JPN)\b|\bthe five\b"
)


@pytest.fixture(scope="module")
def east_africa(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_region(
        tmp_path_factory.mktemp("new") / "east-africa", EAST_AFRICA, ["CHN", "EUU"], "East Africa"
    )


@pytest.fixture(scope="module")
def african_brief(east_africa: Path) -> Brief:
    return make_brief(east_africa, draws=4, workers=1)


def test_the_command_makes_a_valid_study(serai: Any, tmp_path: Path) -> None:
    folder = tmp_path / "asean"
    said = serai("new", folder, "--economies", "IDN,MYS,PHL,SGP,THA", "--partners", "JPN,EUU")
    assert f"serai brief {folder}" in said
    assert json.loads(serai("check", folder, "--json"))["valid"]
    study = read_study(folder)
    assert study.lead.id == "JPN"
    assert [p.economies for p in study.about.partner] == [("JPN",), ("eu27",)]
    assert study.about.settings.network == "none"
    assert not study.has_borders
    assert {"lead", "lead_optimistic"} < {s.id for s in study.scenarios}
    assert sorted(study.tables) == ["economies"], "all five stand in the packaged tables by name"
    rows = json.loads(serai("solve", folder, "--draws", 3, "--workers", 1, "--json"))["rows"]
    gains = [r["estimate"] for r in rows if r["scenario"] == "agreement" and r["measure"] == "real_income"]
    assert max(gains) > 0


def test_a_region_on_the_packaged_network_gets_its_borders(tmp_path: Path) -> None:
    study = read_study(new_region(tmp_path / "caucasus", ["ARM", "AZE", "GEO"], ["EUU", "TUR"]))
    assert study.on_network
    assert study.ladder()[:2] == ("faster", "open")


def test_a_group_of_partners_leaves_out_the_region(tmp_path: Path) -> None:
    study = read_study(new_region(tmp_path / "nordic", ["DNK", "FIN", "ISL", "NOR", "SWE"], ["EUU", "USA"]))
    union = study.lead
    assert union.name == "European Union, other members"
    assert len(union.economies) == 24
    assert not set(union.economies) & set(study.about.region.economies)
    assert "ISL" in {*read_economies(study.tables["economies"])}
    assert study.about.depth["eu"] == "union_depth"


def read_economies(path: Path) -> list[str]:
    return [line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]


@pytest.mark.parametrize(
    ("economies", "partners", "words"),
    [
        (["KEN", "UGX"], ["CHN"], ["no such economy", "Did you mean UGA?"]),
        (["KEN", "UGA"], ["CHN", "KEN"], ["KEN is in the region and a partner"]),
        (["KEN"], ["CHN"], ["two economies or more"]),
        (["KEN", "UGA"], [], ["needs a partner"]),
        (["KEN", "SSD"], ["CHN"], ["SSD has no data: distances missing"]),
        (["KEN", "TWN"], ["CHN"], ["TWN has no data: output and goods trade of 2023 are missing"]),
        (["KEN", "KEN"], ["CHN"], ["KEN is named twice"]),
        (["KEX", "UGX"], ["CHZ"], ["KEX", "UGX", "CHZ"]),
    ],
)
def test_what_cannot_be_a_region_is_refused_with_nothing_left_behind(
    economies: list[str], partners: list[str], words: list[str], tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        new_region(tmp_path / "x", economies, partners)
    for word in words:
        assert word in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(InputError, match="not empty"):
        new_region(tmp_path / "mine", EAST_AFRICA, ["CHN"])
    assert (tmp_path / "mine").read_text() == "kept"


def test_the_page_of_another_region_has_no_word_of_the_reference_study(african_brief: Brief) -> None:
    page = re.sub(r'href="data:[^"]*"', "", render(african_brief))
    assert page.count("East Africa") > 10
    assert "Burundi" in page
    found = [page[max(0, m.start() - 60) : m.end() + 40] for m in REFERENCE_WORDS.finditer(page)]
    assert found == []


def test_ties_that_nobody_reports_are_not_known_and_never_zero(african_brief: Brief) -> None:
    tables = african_brief.tables()
    channels, ties = tables["dependence_channels"], tables["concentration"]
    assert {cell for row in channels.rows for cell in row[5:7]} == {"not known"}
    assert {cell for row in ties.rows for cell in row[3:5]} == {"not known"}
    assert not {"capital", "remittances"} & set(channels.data["what"])
    assert not [key for key in african_brief.desk.numbers.by_key if key.endswith(("/capital/fixed",))]
    leverage = next(section for section in african_brief.sections if section.id == "leverage")
    notes = [str(part.note) for part in leverage.parts if getattr(part, "key", "") == "dependence"]
    assert "are not known" in notes[0]


def test_files_of_another_region_carry_its_own_source_cards_and_explain_knows_the_rest(
    african_brief: Brief, tmp_path: Path
) -> None:
    shown = set(african_brief.tables()["sources"].data["key"])
    write(african_brief, run := tmp_path / "run")
    cards = json.loads((run / "brief.json").read_text(encoding="utf-8"))["sources"]
    assert set(cards) == shown
    assert "corridors" not in cards
    baci = Paths.of(run, african_brief.desk.study.path).explain("atlas/trade/goods/KAZ/UZB")
    assert "CEPII" in baci.sources["baci"]["producer"]


def test_what_the_study_lacks_is_said_with_how_to_add_it(african_brief: Brief) -> None:
    shown = {section.id for section in african_brief.sections}
    assert {"missing", "integration", "partners", "sources"} <= shown
    assert not {"corridors", "programme", "broker", "ledger", "claims"} & shown
    table = african_brief.tables()["missing"].data
    said = " ".join(table["missing"])
    for name in ("Corridors", "Investment", "Remittances", "programme", "Financing", "broker", "Claims"):
        assert name in said
    assert "Their capital is taken as immobile" in said
    assert "borders.csv" in " ".join(table["add"])


def test_investment_that_is_not_known_is_never_shown_as_zero(african_brief: Brief) -> None:
    numbers = african_brief.desk.numbers
    held = numbers["base/fdi/CHN>region"]
    assert held.estimate != held.estimate
    assert african_brief.desk.words.quantity(held) == ("not known", "")
    assert "its capital is taken as immobile" in african_brief.answer[3][0]
    assert "table-outside_investment" not in render(african_brief)


def test_the_proofs_of_the_answer_are_on_the_page(african_brief: Brief) -> None:
    page = render(african_brief)
    assert len(african_brief.answer) == 5
    for _text, target in african_brief.answer:
        assert f'id="{target}"' in page, target


def test_every_verb_works_on_it_or_says_what_is_missing(
    african_brief: Brief, east_africa: Path, serai: Any, tmp_path: Path
) -> None:
    run = write(african_brief, tmp_path / "run")
    assert "scenario/agreement" in serai("explain", run, "ladder/agreement/fixed/region/gain")
    assert "follows from its inputs" in serai("verify", run, "--study", east_africa)
    assert "no candidate projects, so there is no programme" in serai("choose", east_africa, code=1)
    assert "no financiers" in serai("match", east_africa, code=1)
    assert "no network, so it has no routes" in serai("routes", "KEN", "UGA", "--study", east_africa, code=1)
    serai("ledger", east_africa)
    serai("due", east_africa)


def test_the_sheet_of_a_country_without_records_has_the_model_s_numbers(african_brief: Brief) -> None:
    sheet = country_from(replace(african_brief.desk, numbers=Numbers()), "KEN")
    assert "East" in str(sheet.lead) or "Kenya" in str(sheet.lead)
    assert "is worth" in str(sheet.lead)


def test_every_verb_works_or_says_what_is_missing(east_africa: Path, serai: Any) -> None:
    """On a study without a network, borders, projects or records."""
    assert "has no network, so it has no bottlenecks. Add borders.csv" in serai("links", east_africa, code=1)
    assert "no candidate projects to appraise. Add projects.csv" in serai("appraise", east_africa, code=1)
    assert "no project to screen. Add one, in projects.csv" in serai("screen", east_africa, code=1)
    assert "no network, so it has no routes" in serai("routes", "KEN", "UGA", "--study", east_africa, code=1)
    assert "There is none." in serai("sweep", east_africa, "nosuch", code=2)
    said = serai("levers", east_africa, "--draws", 1, "--optimal", 24)
    assert "no border of the region costs time in this study" in said
    said = serai("leverage", east_africa, "--draws", 1)
    assert "Loss of real income" in said
    assert "Transit" not in said


def test_what_the_lead_does_is_left_out_where_nothing_is_assumed(
    african_brief: Brief, tmp_path: Path
) -> None:
    tables = african_brief.tables()
    assert "facilitation" not in tables, "no investment is on record, so nothing opens it"
    assert all(len(table.data.columns) for table in tables.values()), "every file has a header"
    assert african_brief.to_excel(tmp_path / "brief.xlsx").stat().st_size > 0


def test_few_draws_are_said_above_the_answer(
    african_brief: Brief, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "Only 4 draws: too few for a 5th and a 95th percentile"
    assert african_brief.warning.startswith(words)
    assert f'role="note">{words}' in render(african_brief)
    assert few_draws(african_brief.desk.words, 1).startswith("Only 1 draw: ")
    assert few_draws(african_brief.desk.words, LEAST_DRAWS) == ""
    assert too_few(LEAST_DRAWS) == LEAST_DRAWS
    assert capsys.readouterr().err == ""
    assert too_few(1) == 1
    assert "1 draw is too few for an interval; take at least 20" in capsys.readouterr().err
