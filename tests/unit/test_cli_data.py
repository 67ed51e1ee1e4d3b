"""`serai data` and `serai validate` as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from serai.atlas import load
from serai.cli import app
from serai.cli import main as run_main

BACI = "t,i,j,k,v,q\n2024,398,860,100199,3200000.5,NA\n2024,842,398,280530,20.000,3.000\n"


def serai(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The whole program, messages and exit codes included."""
    monkeypatch.setattr("sys.argv", ["serai", *words])
    with pytest.raises(SystemExit) as left:
        run_main()
    return int(left.value.code or 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "BACI_HS22_Y2024_V202601.csv"
    path.write_text(BACI, encoding="utf-8")
    return path


def test_the_list_says_where_and_under_which_licence() -> None:
    done = serai("data", "list", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    assert rows["gravity"]["url"].startswith("https://www.cepii.fr/")
    assert rows["wdi"]["licence"] == "CC BY 4.0"
    assert "no hash known" in serai("data", "list").stdout


def test_an_import_is_a_preview_until_it_is_told_where(file: Path, tmp_path: Path) -> None:
    done = serai("data", "import", "baci", str(file))
    assert done.exit_code == 0, done.output
    assert "Nothing was written. Add --out" in done.stdout
    assert "goods KAZ UZB:" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    out = tmp_path / "tables"
    found = json.loads(serai("data", "import", "baci", str(file), "--out", str(out), "--json").stdout)
    assert found["written"] == [str(out / "trade.csv")]
    assert found["tables"][0]["changed"] == 2
    assert load(out).row("atlas/trade/goods/KAZ/UZB")["value_usd_m"] == pytest.approx(3200.0005)


OFFICIAL = {
    "gravity": (
        2021,
        "pairs",
        "atlas/pairs/KAZ/UZB",
        "distance_km",
        "year,iso3_o,iso3_d,country_exists_o,country_exists_d,distw_arithmetic,contig,comlang_off,col_dep_ever\n"
        "2021,KAZ,UZB,1,1,{value},1,1,0\n",
    ),
    "itpd": (
        2019,
        "trade",
        "atlas/trade/goods/KAZ/UZB",
        "value_usd_m",
        "exporter_iso3,importer_iso3,year,industry_id,broad_sector,trade,flag_mirror,flag_zero\n"
        "KAZ,UZB,2019,1,Agriculture,{value},0,p\n",
    ),
    "cdis": (
        2023,
        "fdi",
        "atlas/fdi/NLD/KAZ",
        "stock_usd_m",
        "COUNTRY,DV_TYPE,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,STATUS\n"
        "NLD,O,OTWD_D_NETAL_FALL_ALL,KAZ,A,2023,{value}e6,6,\n",
    ),
    "icio": (
        2022,
        "trade",
        "atlas/trade/domestic/JPN/JPN",
        "value_usd_m",
        "V1,JPN_A01,JPN_HFCE,OUT\nJPN_A01,0,{value},{value}\nTLS,0,0,0\nVA,{value},0,0\nOUT,{value},{value},0\n",
    ),
    "wdi": (
        2023,
        "figures",
        "atlas/figures/gdp/KAZ",
        "value",
        '"Country Name","Country Code","Indicator Name","Indicator Code","2023",\n'
        '"Kazakhstan","KAZ","GDP","NY.GDP.MKTP.CD","{value}e6",\n',
    ),
}
"""Name -> year, table, a row, its field, and a file of the true format with one value in it."""


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_every_official_file_is_imported_and_read_back(name: str, tmp_path: Path) -> None:
    year, table, key, field, text = OFFICIAL[name]
    value = round(float(load().row(key)[field]) * 1.25, 3)
    file, out = tmp_path / f"{name}.csv", tmp_path / "tables"
    file.write_text(text.format(value=value), encoding="utf-8")
    words = ("data", "import", name, str(file), "--year", str(year))
    assert "Nothing was written" in serai(*words).stdout
    found = json.loads(serai(*words, "--out", str(out), "--json").stdout)
    assert str(out / f"{table}.csv") in found["written"]
    assert found["sha256"]
    row = load(out).row(key)
    assert row[field] == pytest.approx(value)
    assert int(row.get("year", year)) == year
    again = json.loads(serai(*words, "--out", str(out), "--json").stdout)
    assert [change["changed"] for change in again["tables"] if change["table"] == table] == [0]


def test_a_fetch_that_is_interrupted_says_that_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("serai.atlas.sources.download.download", interrupted)
    done = serai("data", "get", "gravity", "--out", str(tmp_path))
    assert done.exit_code == 130
    assert "the same command goes on from there" in done.stderr


def test_a_bad_file_leaves_with_its_rows_and_writes_nothing(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(BACI + "2024,999,860,100199,-1,NA\n", encoding="utf-8")
    out = tmp_path / "tables"
    assert run(monkeypatch, "data", "import", "baci", str(file), "--out", str(out), "--json") == 1
    said = capsys.readouterr()
    problems = json.loads(said.out)["problems"]
    assert {(p["row"], p["field"]) for p in problems} == {(4, "i"), (4, "v")}
    assert "row 4, i: no economy has this code" in said.err
    assert not out.exists()


def test_wrong_use_is_told_from_wrong_data(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "data", "import", "bacci", str(file)) == 2
    assert "Did you mean baci?" in capsys.readouterr().err
    assert run(monkeypatch, "data", "import", "itpd", str(file)) == 2
    assert "--year" in capsys.readouterr().err
    assert run(monkeypatch, "data", "import", "baci") == 2
    assert run(monkeypatch, "data", "get", "icio") == 1
    assert "no lasting address" in capsys.readouterr().err
    assert run(monkeypatch, "data", "get", "nothing") == 2


def test_products_as_a_table_and_as_a_file(file: Path, tmp_path: Path) -> None:
    done = serai("data", "products", str(file), "--product", "rare_earths", "--json")
    assert json.loads(done.stdout)["rows"][0]["value_usd_m"] == 0.02
    out = tmp_path / "earths.csv"
    done = serai("data", "products", str(file), "--product", "2805", "--importer", "KAZ", "--out", str(out))
    assert "1 rows" in done.stdout
    assert list(pd.read_csv(out)["exporter"]) == ["USA"]
    done = serai("data", "products", str(file), "--product", "28", "--exporter", "KAZ", "--json")
    assert json.loads(done.stdout)["rows"] == []


def test_validate_without_data_runs_what_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERAI_VALIDATION", raising=False)
    done = serai("validate", "--only", "exposure", "--only", "agtpa-1")
    assert done.exit_code == 0, done.output
    assert "its data are not at hand" in done.stdout
    found = json.loads(serai("validate", "--only", "financial", "--json").stdout)
    assert found["holds"] is True
    assert {row["verdict"] for row in found["checks"][0]["rows"]} == {"pass", "documented difference"}


def test_validate_leaves_with_1_when_a_number_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    import serai.validation.closed_forms as closed_forms

    monkeypatch.setattr(closed_forms, "present_value", lambda *_: 3065.3)
    done = serai("validate", "--only", "financial")
    assert done.exit_code == 1
    assert "npv(.08, -40000, 5000, 8000, 12000, 30000): published 3065.22" in done.stdout
