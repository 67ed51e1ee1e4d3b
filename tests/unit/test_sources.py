"""Official files by hand in their true format: what each reader makes of them, and what it refuses."""

from __future__ import annotations

import gzip
import inspect
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from serai.atlas.schema import read_schema
from serai.atlas.sources import (
    Extract,
    fetch_wdi,
    product_sets,
    read_baci,
    read_baci_products,
    read_cdis,
    read_gravity,
    read_icio,
    read_itpd,
    read_wdi,
    stream,
    wdi,
)
from serai.errors import InputError, MissingExtraError, UnknownNameError

BACI = """t,i,j,k,v,q
2024,398,860,100199,       600.250,      2000.000
2024,398,860,720851,        34.618,            NA
2024,860,757,710812,   1000000.000,        15.400
2024,860,757,284690,         1.500,         0.100
2024,842,398,280530,        20.000,         3.000
2024,490,398,854231,      5000.000,            NA
2024,899,398,999999,         7.000,            NA
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def flow(extract: Extract, *keys: str, table: str = "trade") -> float:
    frame = extract.tables[table]
    names = [column.name for column in read_schema(table) if column.role == "key"]
    return float(frame.set_index(names).sort_index().loc[keys, frame.columns[len(names)]])


def problems(read: Callable[[], object]) -> list[dict[str, object]]:
    with pytest.raises(InputError) as refused:
        read()
    return [problem.as_dict() for problem in refused.value.problems]


def places(found: list[dict[str, object]]) -> set[tuple[object, object]]:
    return {(problem.get("row"), problem.get("field")) for problem in found}


def test_baci_sums_products_and_turns_thousands_into_millions(tmp_path: Path) -> None:
    extract = read_baci(write(tmp_path, "BACI_HS22_Y2024_V202601.csv", BACI))
    assert flow(extract, "goods", "KAZ", "UZB") == pytest.approx((600.250 + 34.618) / 1000)
    assert flow(extract, "goods", "UZB", "CHE") == pytest.approx(1000.0015)
    assert flow(extract, "gold", "UZB", "CHE") == pytest.approx(1000)
    assert flow(extract, "goods", "TWN", "KAZ") == 5
    trade = extract.tables["trade"]
    assert set(trade["year"]) == {2024}
    assert set(trade["basis"]) == {"reported"}
    assert extract.rows_read == 7
    assert len(extract.sha256) == 64


def test_baci_products_keep_unknown_quantities_unknown(tmp_path: Path) -> None:
    path = write(tmp_path, "baci.csv", BACI)
    earths = read_baci_products(path, ["rare_earths"])
    assert list(earths["product"]) == ["284690", "280530"]
    assert list(earths["value_usd_m"]) == [0.0015, 0.02]
    steel = read_baci_products(path, ["72"])
    assert np.isnan(steel["quantity_t"].iloc[0])
    assert product_sets()["rare_earths"] == ("280530", "284610", "284690")
    with pytest.raises(UnknownNameError, match="rare_earths"):
        read_baci_products(path, ["rare_earth"])


def test_a_release_is_read_from_its_zip_by_year(tmp_path: Path) -> None:
    path = tmp_path / "BACI_HS22_V202601.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("BACI_HS22_Y2023_V202601.csv", BACI.replace("2024,", "2023,"))
        archive.writestr("BACI_HS22_Y2024_V202601.csv", BACI)
        archive.writestr("country_codes_V202601.csv", "country_code,country_name\n398,Kazakhstan\n")
    assert set(read_baci(path, year=2023).tables["trade"]["year"]) == {2023}
    found = problems(lambda: read_baci(path))
    assert "several files" in str(found[0]["reason"])
    assert "Say which year" in str(found[0]["remedy"])
    assert "no file" in str(problems(lambda: read_baci(path, year=2011))[0]["reason"])


def test_gzip_is_unpacked_and_a_damaged_archive_is_said(tmp_path: Path) -> None:
    whole = gzip.compress(BACI.encode())
    path = tmp_path / "baci.csv.gz"
    path.write_bytes(whole)
    assert flow(read_baci(path), "goods", "KAZ", "UZB") == pytest.approx(0.634868)
    path.write_bytes(whole[:-12])
    assert "damaged" in str(problems(lambda: read_baci(path))[0]["reason"])


BAD_BACI = """t,i,j,k,v,q
2024,398,860,100199,-600.25,2000
2024,999,860,720851,34.618,NA
2024,398,860,7208510,abc,NA
2024,398,860,720852,,NA
2024,398,398,720853,1,1
2024,398,860,720854,1,1,1
2024.5,398,860,720855,"1,5",-2
"""


def test_every_bad_cell_of_baci_is_named_at_once(tmp_path: Path) -> None:
    found = problems(lambda: read_baci(write(tmp_path, "baci.csv", BAD_BACI)))
    assert places(found) == {
        (2, "v"), (3, "i"), (4, "k"), (4, "v"), (5, "v"), (6, "j"), (7, None), (8, "t"), (8, "v"), (8, "q"),
    }  # fmt: skip
    assert {problem["file"] for problem in found} == {"baci.csv"}
    by_place = {(p.get("row"), p.get("field")): p for p in found}
    assert by_place[2, "v"]["value"] == "-600.25"
    assert by_place[3, "i"]["reason"] == "no economy has this code"
    assert "blank" in str(by_place[5, "v"]["reason"])
    assert "7 cells" in str(by_place[7, None]["reason"])


def test_lines_are_right_past_the_first_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.pieces, "__kwdefaults__", {**stream.pieces.__kwdefaults__, "block_bytes": 400})
    rows = [f"2024,398,860,{100000 + k},1.0,1.0" for k in range(200)]
    rows[60] += ",9"
    rows[150] = "2024,398,860,100150,x,1.0"
    found = problems(lambda: read_baci(write(tmp_path, "b.csv", "\n".join(["t,i,j,k,v,q", *rows, ""]))))
    assert places(found) == {(62, None), (152, "v")}
    rows[60], rows[150] = "2024,398,860,100060,1.0,1.0", rows[3]
    found = problems(lambda: read_baci(write(tmp_path, "b.csv", "\n".join(["t,i,j,k,v,q", *rows, ""]))))
    assert places(found) == {(152, "t, i, j, k")}
    assert "row 5" in str(found[0]["reason"])


def test_reading_stops_after_a_hundred_problems(tmp_path: Path) -> None:
    rows = [f"2024,398,860,{100000 + k},-1,1" for k in range(5000)]
    found = problems(lambda: read_baci(write(tmp_path, "b.csv", "\n".join(["t,i,j,k,v,q", *rows]))))
    assert len(found) == stream.MOST_PROBLEMS + 1
    assert "reading stopped" in str(found[-1]["reason"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("t,i,j,k,v,q\n", "no rows"),
        ("t;i;j;k;v;q\n2024;1;2;3;4;5\n", "semicolons"),
        ("t,i,j,k,value,q\n2024,398,860,100199,1,1\n", "a column is missing"),
        ("t,i,j,k,v,v,q\n2024,398,860,100199,1,1,1\n", "appears twice"),
        (BACI + "2023,398,860,100199,1,1\n", "2 years: 2023, 2024"),
    ],
)
def test_what_is_no_baci_file_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in str(problems(lambda: read_baci(write(tmp_path, "baci.csv", text)))[0]["reason"])


def test_a_byte_order_mark_and_windows_lines_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "baci.csv"
    path.write_bytes(b"\xef\xbb\xbf" + BACI.replace("\n", "\r\n").encode())
    assert flow(read_baci(path), "goods", "KAZ", "UZB") == pytest.approx(0.634868)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Four times the rows: less than twice the memory of Python, keys of rows included."""
    peaks = []
    for count in (30_000, 120_000):
        rows = "".join(f"2024,398,{860 if k % 2 else 156},{k:06d},1.5,NA\n" for k in range(count))
        path = write(tmp_path, f"{count}.csv", "t,i,j,k,v,q\n" + rows)
        tracemalloc.start()
        reading = stream.Reading(path)
        total = sum(
            len(piece)
            for piece in stream.pieces(reading, ("t", "i", "j", "k", "v", "q"), block_bytes=1 << 13)
            if reading.numbers(piece, "v").sum()
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert total == count
    assert peaks[1] < 2 * peaks[0]


GRAVITY = """year,country_id_o,country_id_d,iso3_o,iso3_d,country_exists_o,country_exists_d,distw_arithmetic,contig,comlang_off,col_dep_ever,gdp_o
2020,KAZ,UZB,KAZ,UZB,1,1,1010.5,1,1,0,1.7e8
2021,KAZ,UZB,KAZ,UZB,1,1,1013.25,1,1,0,1.9e8
2021,KAZ,JPN,KAZ,JPN,1,1,5400,0,0,0,1.9e8
2021,KAZ,SUN,KAZ,SUN,1,0,NA,,,,NA
2021,KAZ,GUF,KAZ,GUF,1,1,12000,,0,0,1.9e8
"""  # noqa: E501


def test_gravity_gives_the_pairs_of_a_year(tmp_path: Path) -> None:
    path = write(tmp_path, "Gravity_V202211.csv", GRAVITY)
    extract = read_gravity(path, year=2021)
    assert flow(extract, "KAZ", "UZB", table="pairs") == 1013.25
    assert len(extract.tables["pairs"]) == 2
    assert extract.left_out == ("1 pairs of 2021 without a distance or tie",)
    assert set(extract.tables["pairs"]["contiguity"]) == {0, 1}
    with pytest.raises(InputError, match="no complete pair of 1999"):
        read_gravity(path, year=1999)
    twice = GRAVITY + "2021,KAZ,UZB,KAZ,UZB,1,1,1,1,1,0,1\n2021,KAZ,XXX,KAZ,XXX,1,1,1,2,1,0,1\n"
    found = problems(lambda: read_gravity(write(tmp_path, "g.csv", twice), year=2021))
    assert places(found) == {(7, "iso3_o, iso3_d"), (8, "iso3_d"), (8, "contig")}


ITPD = """exporter_iso3,exporter_name,importer_iso3,importer_name,year,industry_id,industry_descr,broad_sector,trade,flag_mirror,flag_zero
KAZ,Kazakhstan,UZB,Uzbekistan,2019,1,Wheat,Agriculture,100.5,0,p
KAZ,Kazakhstan,UZB,Uzbekistan,2019,160,"Transport, all",Services,20,1,p
KAZ,Kazakhstan,KAZ,Kazakhstan,2019,1,Wheat,Agriculture,900,0,p
KAZ,Kazakhstan,KAZ,Kazakhstan,2019,160,"Transport, all",Services,5000,0,p
KAZ,Kazakhstan,UZB,Uzbekistan,2018,1,Wheat,Agriculture,99,0,p
ROM,Romania,UZB,Uzbekistan,2019,40,Oil,Mining and Energy,7,1,p
"""  # noqa: E501


def test_itpd_tells_goods_services_and_domestic_sales_apart(tmp_path: Path) -> None:
    extract = read_itpd(write(tmp_path, "ITPD_E_R02.csv", ITPD), year=2019)
    assert flow(extract, "goods", "KAZ", "UZB") == 100.5
    assert flow(extract, "services", "KAZ", "UZB") == 20
    assert flow(extract, "domestic", "KAZ", "KAZ") == 5900
    assert flow(extract, "goods", "ROU", "UZB") == 7
    trade = extract.tables["trade"].set_index(["flow", "exporter"])
    assert trade.loc[("goods", "ROU"), "basis"] == "mirrored"
    assert trade.loc[("goods", "KAZ"), "basis"] == "reported"
    with pytest.raises(InputError, match="the file has no row of 2017"):
        read_itpd(tmp_path / "ITPD_E_R02.csv", year=2017)
    bad = ITPD + "KAZ,,UZB,,2019,1,,Agriculture,1,0,p\nKAZ,,ZZZ,,2019,2,,Fishing,-1,0,p\n"
    found = problems(lambda: read_itpd(write(tmp_path, "i.csv", bad), year=2019))
    assert places(found) == {(9, "importer_iso3"), (9, "broad_sector"), (9, "trade"),
                             (8, "exporter_iso3, importer_iso3, year, industry_id")}  # fmt: skip


CDIS = """DATAFLOW,COUNTRY,DV_TYPE,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,STATUS
IMF.STA:DIP(12.0.1),NLD,O,OTWD_D_NETAL_FALL_ALL,KAZ,A,2023,47000000000.0,6,
IMF.STA:DIP(12.0.1),NLD,SCC,OTWD_D_NETAL_FALL_ALL,KAZ,A,2023,1.0,6,
IMF.STA:DIP(12.0.1),NLD,O,INWD_D_NETLA_FALL_ALL,KAZ,A,2023,2.0,6,
IMF.STA:DIP(12.0.1),NLD,O,OTWD_D_NETAL_FALL_ALL,KAZ,A,2022,3.0,6,
IMF.STA:DIP(12.0.1),NLD,O,OTWD_D_NETAL_FALL_ALL,G001,A,2023,9.0e12,6,
IMF.STA:DIP(12.0.1),JPN,O,OTWD_D_NETAL_FALL_ALL,KAZ,A,2023,2700000000.0,6,C
IMF.STA:DIP(12.0.1),JPN,O,OTWD_D_NETAL_FALL_ALL,UZB,A,2023,,6,
IMF.STA:DIP(12.0.1),DEU,O,OTWD_D_NETAL_FALL_ALL,UZB,A,2023,-1500000.0,6,E
"""


def test_cdis_gives_what_owners_reported_and_never_reads_confidential_as_zero(tmp_path: Path) -> None:
    extract = read_cdis(write(tmp_path, "dip.csv", CDIS), year=2023)
    fdi = extract.tables["fdi"].set_index(["owner", "host"])["stock_usd_m"]
    assert fdi.to_dict() == {("NLD", "KAZ"): 47_000.0, ("DEU", "UZB"): -1.5}
    assert extract.left_out == (
        "1 positions with groups of economies or not specified",
        "1 confidential positions",
        "1 blank positions",
    )
    with pytest.raises(InputError, match="no outward position of 2019"):
        read_cdis(tmp_path / "dip.csv", year=2019)
    twice = CDIS + "x,DEU,O,OTWD_D_NETAL_FALL_ALL,UZB,A,2023,abc,6,\n"
    found = problems(lambda: read_cdis(write(tmp_path, "d.csv", twice), year=2023))
    assert places(found) == {(10, "OBS_VALUE"), (10, "COUNTRY, COUNTERPART_COUNTRY")}


ICIO = """V1,KAZ_A01,KAZ_H49,CN1_C26,CN2_C26,KAZ_HFCE,CHN_HFCE,ROW_A01,ROW_HFCE,OUT
KAZ_A01,10,1,0,0,20,3,1,1,36
KAZ_H49,2,4,5,0,30,0,0,1,42
CN1_C26,0,1,7,7,2,50,0,9,76
CN2_C26,0,0,0,1,0,0,3,8,12
ROW_A01,1,1,1,1,1,1,1,1,8
TLS,1,1,1,1,2,2,1,2,11
VA,22,34,62,2,0,0,3,0,123
OUT,36,42,76,12,55,56,9,22,0
"""


def test_icio_adds_uses_up_by_economy_and_joins_the_parts_of_china(tmp_path: Path) -> None:
    extract = read_icio(write(tmp_path, "2022_SML.csv", ICIO), year=2022)
    assert flow(extract, "domestic", "KAZ", "KAZ") == 10 + 1 + 20 + 2 + 4 + 30
    assert flow(extract, "goods", "KAZ", "CHN") == 3
    assert flow(extract, "services", "KAZ", "CHN") == 5
    assert flow(extract, "goods", "CHN", "KAZ") == 3
    assert flow(extract, "domestic", "CHN", "CHN") == 7 + 7 + 50 + 1
    assert "ROW" not in set(extract.tables["trade"]["exporter"]) | set(extract.tables["trade"]["importer"])
    ratio = extract.tables["figures"].set_index("economy")["value"]
    assert ratio["CHN"] == pytest.approx(88 / 64)


def test_icio_names_rows_and_cells_that_are_wrong(tmp_path: Path) -> None:
    bad = ICIO.replace("KAZ_H49,2,", "KAZ_H49,x,").replace("CN2_C26,0,0,0,1", "CN1_C26,0,0,0,1")
    found = problems(lambda: read_icio(write(tmp_path, "2022.csv", bad), year=2022))
    assert (3, "KAZ_H49, column 2") in places(found)
    assert (5, "CN1_C26") in places(found)
    for word in ("nan", "inf", ""):
        odd = ICIO.replace("KAZ_H49,2,", f"KAZ_H49,{word},")
        found = problems(lambda text=odd: read_icio(write(tmp_path, "2022.csv", text), year=2022))
        assert places(found) == {(3, "KAZ_H49, column 2")}, word
    short = ICIO.replace("CN1_C26,0,1,7,7,2,50,0,9,76", "CN1_C26,0,1,7")
    assert (4, "CN1_C26") in places(
        problems(lambda: read_icio(write(tmp_path, "2022.csv", short), year=2022))
    )
    below = ICIO.replace("KAZ_A01,10,1,0,0,20,3,", "KAZ_A01,10,1,0,0,20,-3,")
    found = problems(lambda: read_icio(write(tmp_path, "2022.csv", below), year=2022))
    assert "KAZ to CHN add up to -3.0" in str(found[0]["reason"])
    assert "of 2022, not of 2021" in str(
        problems(lambda: read_icio(tmp_path / "2022.csv", year=2021))[0]["reason"]
    )
    without = "\n".join(line for line in ICIO.splitlines() if not line.startswith("VA,"))
    found = problems(lambda: read_icio(write(tmp_path, "2022.csv", without), year=2022))
    assert found[0]["reason"] == "the row VA is missing"


WDI = """"Country Name","Country Code","Indicator Name","Indicator Code","2022","2023","2024",
"Kazakhstan","KAZ","GDP (current US$)","NY.GDP.MKTP.CD","225496000000","262642000000","288000000000",
"Kazakhstan","KAZ","Population, total","SP.POP.TOTL","19621972","20330104","20592571",
"Kazakhstan","KAZ","Current account balance (% of GDP)","BN.CAB.XOKA.GD.ZS","3.1","-3.3","-2.5",
"Turkmenistan","TKM","GDP (current US$)","NY.GDP.MKTP.CD","56542857142","","",
"Central Europe","CEB","GDP (current US$)","NY.GDP.MKTP.CD","1","2","3",
"Kazakhstan","KAZ","Rural population","SP.RUR.TOTL","1","2","3",
"""


def test_wdi_in_our_units_and_without_groups(tmp_path: Path) -> None:
    extract = read_wdi(write(tmp_path, "WDICSV.csv", WDI), year=2023)
    figures = extract.tables["figures"].set_index(["variable", "economy"])["value"]
    assert figures.to_dict() == {
        ("gdp", "KAZ"): 262_642.0,
        ("population", "KAZ"): pytest.approx(20.330104),
        ("current_account", "KAZ"): pytest.approx(-0.033),
    }
    assert extract.left_out == ("1 figures of groups of economies", "1 blank figures")
    found = problems(lambda: read_wdi(tmp_path / "WDICSV.csv", year=2025))
    assert (1, "2025") in places(found)
    twice = WDI + '"Kazakhstan","KAZ","GDP","NY.GDP.MKTP.CD","1","x","1",\n'
    assert places(problems(lambda: read_wdi(write(tmp_path, "w.csv", twice), year=2023))) == {
        (8, "2023"),
        (8, "Country Code, Indicator Code"),
    }


def test_an_absent_file_is_said(tmp_path: Path) -> None:
    assert "no such file" in str(problems(lambda: read_baci(tmp_path / "none.csv"))[0]["reason"])
    with pytest.raises(InputError, match="no header"):
        read_baci(write(tmp_path, "long.csv", "t" * (stream.HEADER_BYTES + 5)))
    with pytest.raises(InputError):
        read_wdi(write(tmp_path, "b.csv", "\x00\x01binary\n"), year=2023)


class WorldBank:
    """Answers as wbgapi.data.fetch does: one dict a figure, blanks as None."""

    asked: tuple[object, ...] = ()

    @classmethod
    def fetch(cls, series: list[str], economy: object, time: int, numericTimeKeys: bool) -> list[object]:
        cls.asked = (tuple(series), economy, time, numericTimeKeys)
        answers = {("NY.GDP.MKTP.CD", "KAZ"): 262_642e6, ("SP.POP.TOTL", "KAZ"): 20_330_104}
        answers |= {("NY.GDP.MKTP.CD", "TKM"): None, ("NY.GDP.MKTP.CD", "WLD"): 1e14}
        return [
            {"value": value, "series": name, "economy": code, "aggregate": code == "WLD", "time": time}
            for (name, code), value in answers.items()
        ]


def test_wdi_asked_of_the_world_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wbgapi", SimpleNamespace(data=WorldBank))
    extract = fetch_wdi(year=2023)
    assert WorldBank.asked == (tuple(wdi.INDICATORS), "all", 2023, True)
    figures = extract.tables["figures"].set_index(["variable", "economy"])["value"]
    assert figures.to_dict() == {("gdp", "KAZ"): 262_642.0, ("population", "KAZ"): pytest.approx(20.330104)}
    assert extract.left_out == ("1 figures of groups of economies", "1 blank figures")

    def offline(*_: object, **__: object) -> list[object]:
        raise OSError("no route to host")

    monkeypatch.setattr(WorldBank, "fetch", offline)
    with pytest.raises(InputError, match=r"did not answer: no route to host.*give the bulk file"):
        fetch_wdi(year=2023, economies=["KAZ"])
    monkeypatch.setitem(sys.modules, "wbgapi", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'serai\[data\]'"):
        fetch_wdi(year=2023)


def test_the_package_still_takes_what_we_ask() -> None:
    fetch = pytest.importorskip("wbgapi").data.fetch
    inspect.signature(fetch).bind(list(wdi.INDICATORS), "all", time=2023, numericTimeKeys=True)
