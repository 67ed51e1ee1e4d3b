"""Raw figures in the official formats come back through the readers as they are packaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serai.atlas import Atlas, load
from serai.atlas.sources import propose, read_baci, read_cdis, read_wdi, write
from serai.atlas.sources.codes import by_number


def test_baci_of_the_base_year_changes_no_reported_pair(raw_data: Path, tmp_path: Path, atlas: Atlas) -> None:
    """Only what the build adds to BACI differs: Taiwan within the rest of the world."""
    raw = pd.read_csv(raw_data / "baci2023_matrix/baci_hs22_2023_totals.csv.gz", keep_default_na=False)
    number = {code: value for value, code in by_number().items()}
    rows = pd.DataFrame({"t": 2023, "i": raw["iso_o"].map(number), "j": raw["iso_d"].map(number)})
    rows = rows.assign(k="999999", v=raw["export_kusd"], q="NA")
    path = tmp_path / "BACI_HS22_Y2023_V202501.csv"
    rows.to_csv(path, index=False)
    found = propose(read_baci(path))
    assert any("goods KAZ GBR was corrected by hand and stays" in line for line in found.warnings)
    write(found, tmp_path / "tables")
    keys = ["flow", "exporter", "importer"]
    after = load(tmp_path / "tables").table("trade").set_index(keys)
    before = atlas.table("trade").set_index(keys)
    reported = before.index[before["basis"].isin(["reported", "corrected"])]
    assert len(reported) > 5_200
    columns = ["value_usd_m", "basis", "source", "other_value"]
    pd.testing.assert_frame_equal(
        after.loc[reported, columns], before.loc[reported, columns], check_exact=False, rtol=1e-6
    )
    filled = before.index[before["basis"].isin(["carried", "imputed", "assumed"])]
    pd.testing.assert_frame_equal(after.loc[filled, columns], before.loc[filled, columns])
    rest = before.loc[[("goods", "ROW", "KAZ")], "note"].str.extract(r"economies ([\d.]+)").astype(float)
    assert after.loc[("goods", "ROW", "KAZ"), "value_usd_m"] == pytest.approx(rest.iloc[0, 0], rel=1e-6)


def test_positions_of_the_imf_are_those_of_the_packaged_table(
    raw_data: Path, tmp_path: Path, atlas: Atlas
) -> None:
    raw = pd.read_csv(
        raw_data / "cdis_outward_2009_2022/cdis_outward_2009_2022.csv.gz", keep_default_na=False
    )
    raw = raw[raw["year"] == 2021]
    usd = pd.to_numeric(raw["usd_mn"], errors="coerce") * 1e6
    rows = pd.DataFrame({"COUNTRY": raw["home_iso"], "COUNTERPART_COUNTRY": raw["host_iso"]}).assign(
        DV_TYPE="O", INDICATOR="OTWD_D_NETAL_FALL_ALL", FREQUENCY="A", TIME_PERIOD=2021,
        OBS_VALUE=usd.where(raw["confidential"] == 0), STATUS=np.where(raw["confidential"] == 1, "C", ""),
    )  # fmt: skip
    path = tmp_path / "dip.csv"
    rows.to_csv(path, index=False)
    extract = read_cdis(path, year=2021)
    secret = (raw["confidential"] == 1) & ~raw["host_iso"].isin(["XXX", "WLD", "XPI"])
    assert f"{int(secret.sum()):,} confidential positions" in extract.left_out
    ours = extract.tables["fdi"].set_index(["owner", "host"])["stock_usd_m"].clip(lower=0)
    packaged = atlas.table("fdi")
    reported = packaged[packaged["basis"] == "reported"].set_index(["owner", "host"])["stock_usd_m"]
    assert len(reported) > 3_000
    gap = (ours.reindex(reported.index) - reported).abs()
    assert gap.notna().all()
    assert (gap <= 1e-6 * reported + 1e-3).mean() > 0.99
    assert ("JPN", "KAZ") not in ours.index


def test_gdp_of_the_bulk_file_is_the_packaged_one(raw_data: Path, tmp_path: Path, atlas: Atlas) -> None:
    raw = pd.read_csv(raw_data / "wdi_gdp/wdi_gdp_current_usd.csv.gz", keep_default_na=False)
    raw = raw[raw["year"] == 2023]
    rows = pd.DataFrame({"Country Name": "", "Country Code": raw["Country Code"]})
    rows = rows.assign(**{"Indicator Code": "NY.GDP.MKTP.CD", "2023": raw["gdp_current_usd"]})
    path = tmp_path / "WDICSV.csv"
    rows.to_csv(path, index=False)
    ours = read_wdi(path, year=2023).tables["figures"].set_index("economy")["value"]
    packaged = atlas.table("figures").query("variable == 'gdp' and basis == 'reported'")
    packaged = packaged.set_index("economy")["value"]
    known = packaged.index.intersection(ours.index)
    assert len(known) > 60
    assert np.allclose(ours[known], packaged[known], rtol=1e-2)
    assert np.median(np.abs(ours[known] / packaged[known] - 1)) < 1e-6
