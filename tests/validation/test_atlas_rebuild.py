"""The packaged tables follow from the raw figures, and the world they describe closes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serai.atlas import Atlas
from serai.atlas.load import HERE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def baci(raw_data: Path) -> pd.Series:
    table = pd.read_csv(raw_data / "baci2023_matrix/baci_hs22_2023_totals.csv.gz", keep_default_na=False)
    return table.set_index(["iso_o", "iso_d"])["export_kusd"].astype(float) / 1e3


def test_tables_are_what_the_raw_figures_give(raw_data: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.build_atlas", "--data", str(raw_data), "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    built = {path.name for path in tmp_path.iterdir()}
    assert built == {path.name for path in (HERE / "tables").iterdir()}
    for name in sorted(built):
        assert (tmp_path / name).read_bytes() == (HERE / "tables" / name).read_bytes(), name


def test_goods_are_the_baci_matrix_and_what_is_said_to_be_added(atlas: Atlas, baci: pd.Series) -> None:
    goods = atlas.table("trade")
    goods = goods[goods["flow"] == "goods"]
    filled = goods[goods["basis"].isin(["carried", "imputed", "assumed"])]["value_usd_m"].sum()
    taiwan = sum(
        float(found[1])
        for note in goods["note"]
        if (found := re.search(r"Taiwan from ICIO 2022 ([\d.e+-]+)", note))
    )
    correction = baci[("KAZ", "GBR")] - 703
    assert correction == pytest.approx(13_674.8, rel=1e-4)
    expected = baci.sum() + filled + taiwan - correction
    assert goods["value_usd_m"].sum() == pytest.approx(expected, rel=1e-6)
    assert 0.005 < filled / baci.sum() < 0.02
    assert 0.02 < taiwan / baci.sum() < 0.06


def test_reported_cells_are_those_of_baci(atlas: Atlas, baci: pd.Series) -> None:
    goods = atlas.table("trade")
    reported = goods[(goods["flow"] == "goods") & (goods["basis"] == "reported")]
    assert len(reported) > 5_200
    found = reported.set_index(["exporter", "importer"])["value_usd_m"]
    assert np.allclose(found, baci[found.index], rtol=1e-6)


def test_rest_of_the_world_adds_up_its_members(atlas: Atlas, baci: pd.Series) -> None:
    members = set(baci.index.get_level_values(0)) - set(atlas.economies)
    assert len(members) == 119
    to_uzbekistan = baci[[pair for pair in baci.index if pair[0] in members and pair[1] == "UZB"]].sum()
    row = atlas.row("atlas/trade/goods/ROW/UZB")
    assert row["basis"] == "computed"
    assert row["value_usd_m"] >= to_uzbekistan * (1 - 1e-6)
    inside = baci[[pair for pair in baci.index if set(pair) <= members]].sum()
    assert atlas.row("atlas/trade/goods/ROW/ROW")["value_usd_m"] == pytest.approx(inside, rel=1e-6)


def test_fdi_rows_are_the_matrix_without_negatives(atlas: Atlas, raw_data: Path) -> None:
    raw = pd.read_csv(raw_data / "fdi_matrix/fdi_pairs.csv.gz", keep_default_na=False, na_values=[""])
    expected = raw.set_index(["home", "host"])["stock_usd_mn"].clip(lower=0)
    found = atlas.table("fdi").set_index(["owner", "host"])["stock_usd_m"]
    assert np.allclose(found, expected[found.index], rtol=1e-6)
    imputed = raw[(raw["home"] == "JPN") & raw["host"].isin(atlas.group("central_asia"))]
    rows = atlas.table("fdi").set_index(["owner", "host"])
    for cell in imputed.itertuples():
        assert rows.loc[("JPN", cell.host), "low"] == pytest.approx(cell.lo80, rel=0.02, abs=0.05)
        assert rows.loc[("JPN", cell.host), "high"] == pytest.approx(cell.hi80, rel=0.02, abs=0.5)


def test_services_keep_the_total_of_icio(atlas: Atlas, raw_data: Path) -> None:
    """Cells that ICIO shows are its own with the growth of GDP; the others hold less than a fifth."""
    services = atlas.table("trade")
    services = services[services["flow"] == "services"]
    assert services[services["basis"] == "imputed"]["value_usd_m"].sum() / services["value_usd_m"].sum() < 0.2
    icio = pd.read_parquet(
        raw_data / "icio28_2011_2022/icio28_trade_tariff_2011_2022.parquet",
        filters=[("year", "==", 2022), ("exporter", "==", "CHN"), ("importer", "==", "KAZ")],
    )
    total = icio[icio["sector"].astype(str) == "Services (aggregate)"]["value_musd"].sum()
    growth = np.sqrt(17_794_783 / 17_881_783 * 262_642 / 225_496)
    assert atlas.row("atlas/trade/services/CHN/KAZ")["value_usd_m"] == pytest.approx(total * growth, rel=1e-3)


def test_the_page_about_the_atlas_is_current() -> None:
    script = "import sys; from tools.describe_atlas import page; sys.stdout.buffer.write(page().encode())"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    assert run.stdout.decode("utf-8") == (ROOT / "docs" / "atlas.md").read_text(encoding="utf-8")
