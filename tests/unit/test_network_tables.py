"""The tables of the corridor network: what is refused, with the row and the remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from serai.atlas.load import HERE
from serai.atlas.network import NetworkTables, load_network
from serai.errors import InputError


@pytest.fixture(scope="module")
def tables() -> NetworkTables:
    return load_network()


def changed(tmp_path: Path, name: str, old: str, new: str) -> dict[str, Path]:
    """A copy of one packaged table with one text replaced, which must be there once."""
    text = (HERE / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    assert text.count(old) == 1, (text.count(old), old)
    path = tmp_path / f"{name}.csv"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return {name: path}


def refused(tables: dict[str, Path]) -> str:
    with pytest.raises(InputError) as caught:
        load_network(tables)
    return str(caught.value)


def test_a_link_to_an_unknown_place_names_the_row_and_the_nearest_place(tmp_path: Path) -> None:
    text = refused(changed(tmp_path, "links", "rail:ALT-ALA,rail,ALT,ALA,", "rail:ALT-ALA,rail,ALT,ALAA,"))
    assert "there is no place ALAA" in text
    assert "destination" in text
    assert "row " in text
    assert "Did you mean ALA?" in text


def test_negative_hours_are_refused(tmp_path: Path) -> None:
    text = refused(changed(tmp_path, "terminals", "KUR_P,ferry,,road,,69.7,", "KUR_P,ferry,,road,,-69.7,"))
    assert "negative" in text
    assert "hours" in text


def test_hours_outside_their_range_are_refused(tmp_path: Path) -> None:
    text = refused(changed(tmp_path, "terminals", "KUR_P,ferry,,road,,69.7,", "KUR_P,ferry,,road,,169.7,"))
    assert "hours lie outside their range" in text


def test_two_gauges_joined_without_a_change_are_refused(tmp_path: Path) -> None:
    text = refused(
        changed(tmp_path, "links", "rail:MAR-SRK,rail,MAR,SRK,201,1520", "rail:MAR-SRK,rail,MAR,SRK,201,1435")
    )
    assert "a railway of 1435 mm ends at MAR, which has 1520" in text
    assert "places.csv" in text


def test_a_railway_needs_a_gauge(tmp_path: Path) -> None:
    text = refused(
        changed(tmp_path, "links", "rail:MAR-SRK,rail,MAR,SRK,201,1520", "rail:MAR-SRK,rail,MAR,SRK,201,")
    )
    assert "a railway without a gauge" in text


def test_a_crossing_in_one_direction_only_is_refused(tmp_path: Path, tables: NetworkTables) -> None:
    frame = tables.table("crossings")
    one_way = frame[~((frame["crossing"] == "korday-road") & (frame["exporter"] == "KGZ"))]
    one_way.to_csv(tmp_path / "crossings.csv", index=False)
    text = refused({"crossings": tmp_path / "crossings.csv"})
    assert "korday-road can be used in one direction only: nothing from KGZ to KAZ" in text


def test_a_crossing_without_the_hours_of_one_post_is_refused(tmp_path: Path, tables: NetworkTables) -> None:
    frame = tables.table("crossings")
    gone = (frame["crossing"] == "korday-road") & (frame["exporter"] == "KGZ") & (frame["side"] == "KAZ")
    frame[~gone].to_csv(tmp_path / "crossings.csv", index=False)
    text = refused({"crossings": tmp_path / "crossings.csv"})
    assert "korday-road from KGZ to KAZ has no hours of the post of KAZ" in text


def test_a_border_without_a_crossing_is_refused(tmp_path: Path, tables: NetworkTables) -> None:
    frame = tables.table("links")
    frame.loc[frame["link"] == "rail:SAR-TAS", "crossing"] = ""
    frame.to_csv(tmp_path / "links.csv", index=False)
    text = refused({"links": tmp_path / "links.csv"})
    assert "rail:SAR-TAS joins KAZ and UZB and has no crossing" in text


def test_a_crossing_between_other_economies_is_refused(tmp_path: Path, tables: NetworkTables) -> None:
    frame = tables.table("links")
    frame.loc[frame["link"] == "rail:SAR-TAS", "crossing"] = "korday-road"
    frame.to_csv(tmp_path / "links.csv", index=False)
    text = refused({"links": tmp_path / "links.csv"})
    assert "korday-road lies between KAZ and KGZ, the link between KAZ and UZB" in text


def test_an_economy_without_a_place_is_named(tmp_path: Path, tables: NetworkTables) -> None:
    frame = tables.table("economy_places")
    frame[frame["economy"] != "TJK"].to_csv(tmp_path / "economy_places.csv", index=False)
    assert "TJK has no place on the network" in refused({"economy_places": tmp_path / "economy_places.csv"})


def test_weights_that_do_not_add_up_are_refused(tmp_path: Path, tables: NetworkTables) -> None:
    frame = tables.table("economy_places")
    frame.loc[frame["place"] == "OSH", "weight"] = 0.4
    frame.to_csv(tmp_path / "economy_places.csv", index=False)
    assert "the weights of KGZ add up to 1.1" in refused({"economy_places": tmp_path / "economy_places.csv"})


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    both = changed(tmp_path, "links", "rail:ALT-ALA,rail,ALT,ALA,", "rail:ALT-ALA,rail,ALT,ALAA,")
    both |= changed(tmp_path, "economy_places", "KGZ,OSH,", "KGZ,OSCH,")
    with pytest.raises(InputError) as caught:
        load_network(both)
    assert len(caught.value.problems) == 2


def test_a_folder_of_tables_may_hold_both_kinds(tmp_path: Path, tables: NetworkTables) -> None:
    for name in ("links", "parameters"):
        shutil.copy(HERE / "tables" / f"{name}.csv", tmp_path / f"{name}.csv")
    links = pd.read_csv(tmp_path / "links.csv")
    links.loc[links["link"] == "rail:ALT-ALA", "km"] = 400
    links.to_csv(tmp_path / "links.csv", index=False)
    found = load_network(tmp_path)
    at = found.table("links").set_index("link")["km"]
    assert at["rail:ALT-ALA"] == 400
    assert found.files["places"] == tables.files["places"]
    (tmp_path / "lynks.csv").write_text("a\n1\n")
    assert "there is no table called lynks" in refused_folder(tmp_path)


def refused_folder(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_network(folder)
    return str(caught.value)


def test_every_crossing_of_the_package_serves_both_directions(tables: NetworkTables) -> None:
    rows = tables.table("crossings")
    ways = rows.groupby("crossing")[["exporter", "importer"]].apply(
        lambda r: set(zip(r["exporter"], r["importer"], strict=True))
    )
    assert len(ways) > 90
    assert all(len(way) == 2 and {(b, a) for a, b in way} == way for way in ways)


def test_what_is_imputed_says_from_what(tables: NetworkTables) -> None:
    rows = tables.table("crossings")
    imputed = rows[rows["basis"] == "imputed"]
    assert len(imputed) > 200
    assert (imputed["note"].str.len() > 0).all()
    reported = rows[rows["basis"] == "reported"]
    assert (reported["url"].str.startswith("https://cpmm.carecprogram.org/")).all()
    torugart = reported[(reported["crossing"] == "torugart-road") & (reported["importer"] == "CHN")]
    assert dict(zip(torugart["year"], torugart["hours"], strict=True)) == {2020: 2.4, 2021: 25.8, 2022: 50.1}
