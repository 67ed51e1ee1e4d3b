"""Economies taken out of the rest of the world: nothing is lost, nothing is invented."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from serai.atlas import Atlas, load, reconcile
from serai.atlas.wider import NOT_KNOWN, known_economies, missing_data, open_out, wider
from serai.errors import InputError

CODES = ["BDI", "KEN", "RWA", "TZA", "UGA"]


@pytest.fixture(scope="module")
def before() -> Atlas:
    return load()


@pytest.fixture(scope="module")
def tables(before: Atlas) -> dict[str, pd.DataFrame]:
    return open_out(before, CODES, CODES)


@pytest.fixture(scope="module")
def after(tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    folder = tmp_path_factory.mktemp("tables")
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return load(folder)


def test_all_194_economies_can_be_named() -> None:
    assert len(wider().codes) == 119
    assert len(known_economies()) == 194
    assert known_economies()["KEN"] == "Kenya"


def test_output_and_people_of_the_world_stay(before: Atlas, after: Atlas) -> None:
    for name in ("gdp", "population"):
        assert after.figure(name).sum() == pytest.approx(before.figure(name).sum(), rel=1e-9)
    place = after.economies.index("KEN")
    assert after.figure("gdp")[place] == pytest.approx(108_038.6, rel=1e-6), "World Bank, 2023"


def test_goods_with_every_other_economy_stay(before: Atlas, after: Atlas) -> None:
    """Germany's exports to Kenya and to what is left of the rest add up to those to the old rest."""
    old, new = before.matrix("trade", "goods"), after.matrix("trade", "goods")
    basis = after.basis("trade", "goods")
    shown = [c for c in before.economies if c != "ROW"]
    opened = after.economies.indices([*CODES, "ROW"])
    for code in ("DEU", "CHN", "IND", "BRA"):
        i, j = before.economies.index(code), after.economies.index(code)
        for was, now, known in (
            (old[i, -1], new[j, opened], basis[j, opened]),
            (old[-1, i], new[opened, j], basis[opened, j]),
        ):
            assert now[known != "imputed"].sum() == pytest.approx(was, rel=1e-6), code
    same = np.ix_(before.economies.indices(shown), before.economies.indices(shown))
    moved = np.ix_(after.economies.indices(shown), after.economies.indices(shown))
    np.testing.assert_allclose(new[moved], old[same])


def test_a_flow_is_that_of_baci(after: Atlas, raw_data: object) -> None:
    raw = pd.read_csv(f"{raw_data}/baci2023_matrix/baci_hs22_2023_totals.csv.gz", keep_default_na=False)
    known = raw.set_index(["iso_o", "iso_d"])["export_kusd"].astype(float) / 1e3
    goods = after.matrix("trade", "goods")
    for pair in (("KEN", "UGA"), ("UGA", "KEN"), ("CHN", "TZA"), ("RWA", "ARE")):
        place = tuple(after.economies.index(code) for code in pair)
        assert goods[place] == pytest.approx(known[pair], rel=1e-6), pair


def test_services_are_shared_out_and_marked(before: Atlas, after: Atlas) -> None:
    old, new = before.matrix("trade", "services"), after.matrix("trade", "services")
    place, was = after.economies.index("DEU"), before.economies.index("DEU")
    opened = after.economies.indices([*CODES, "ROW"])
    assert new[place, opened].sum() == pytest.approx(old[was, -1], rel=1e-6)
    assert set(after.basis("trade", "services")[place, opened[:-1]]) == {"imputed"}


def test_investment_that_is_not_known_is_marked_and_capital_stays(after: Atlas) -> None:
    rows = after.table("fdi")
    rows = rows[rows["host"].isin(CODES) | rows["owner"].isin(CODES)]
    assert set(rows["note"]) == {NOT_KNOWN}
    assert set(rows["basis"]) == {"assumed"}
    world = reconcile(after)
    for place in after.economies.indices(CODES):
        assert world.holdings[:, place].sum() == pytest.approx(world.holdings[place, place])
        assert world.capital_income[place] == pytest.approx(0)


def test_neighbours_keep_their_ties_in_both_directions(after: Atlas) -> None:
    km, border = after.matrix("pairs"), after.matrix("pairs", column="contiguity")
    ken, uga = after.economies.index("KEN"), after.economies.index("UGA")
    assert km[ken, uga] == km[uga, ken]
    assert 300 < km[ken, uga] < 700
    assert border[ken, uga] == 1
    assert after.agreements()[ken, uga], "the East African Community is in the list of agreements"


def test_the_study_s_economies_are_what_drawn_inputs_are_summed_over(before: Atlas, after: Atlas) -> None:
    assert after.focus == tuple(CODES)
    assert before.focus == before.group("central_asia")


def test_an_economy_without_figures_is_refused_with_what_is_missing(before: Atlas) -> None:
    lacking = [code for code in wider().codes if missing_data(code, before.economies)]
    assert "SSD" in lacking
    assert "KEN" not in lacking
    with pytest.raises(InputError, match=r"SSD has no .*distances"):
        open_out(before, ["KEN", "SSD"], ["KEN", "SSD"])


def test_sales_to_and_purchases_from_what_is_left_are_not_mixed_up(after: Atlas, raw_data: object) -> None:
    raw = pd.read_csv(f"{raw_data}/baci2023_matrix/baci_hs22_2023_totals.csv.gz", keep_default_na=False)
    left = [code for code in wider().codes if code not in CODES]
    goods, ken = after.matrix("trade", "goods"), after.economies.index("KEN")
    for sells, buys, place in (("iso_o", "iso_d", (ken, -1)), ("iso_d", "iso_o", (-1, ken))):
        rows = raw[(raw[sells] == "KEN") & raw[buys].isin(left)]
        assert goods[place] == pytest.approx(rows["export_kusd"].astype(float).sum() / 1e3, rel=1e-6)
