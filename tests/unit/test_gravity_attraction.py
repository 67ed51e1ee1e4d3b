"""The deciding regression: its measure by hand, its panel, and a world whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from serai.errors import InputError, UnknownNameError
from serai.gravity.attraction import (
    add_leads,
    agreements_in_force,
    attraction_panel,
    estimate_attraction,
    market_reach,
)
from serai.gravity.integration import intra_regional_share

NAMES = ["AAA", "BBB", "CCC"]


def _distance() -> pd.DataFrame:
    rows = [(i, j, 10.0 if i == j else 40.0) for i in NAMES for j in NAMES]
    return pd.DataFrame(rows, columns=["one", "other", "km"])


def _output(years: range) -> pd.DataFrame:
    return pd.DataFrame([(n, y, 100.0 * (k + 1)) for k, n in enumerate(NAMES) for y in years],
                        columns=["economy", "year", "output"])  # fmt: skip


def test_agreements_start_with_the_first_treaty_in_force() -> None:
    treaties = pd.DataFrame(
        {
            "entry_type": ["base_treaty", "base_treaty", "negotiation", "accession"],
            "entryforceyear": [2012.0, 2010.0, 2001.0, np.nan],
            "c1": [1, 1, 1, 1], "c2": [2, 2, 3, 3], "c3": [np.nan, np.nan, np.nan, np.nan],
        }
    )  # fmt: skip
    found = agreements_in_force(treaties, {1: "AAA", 2: "BBB", 3: "CCC"})
    assert found.to_numpy().tolist() == [["AAA", "BBB", 2010], ["BBB", "AAA", 2010]]


def test_reach_is_own_output_and_partners_over_relative_distance() -> None:
    agreements = pd.DataFrame({"one": ["AAA", "BBB"], "other": ["BBB", "AAA"], "since": [2011, 2011]})
    reach = market_reach(_output(range(2010, 2012)), _distance(), agreements, range(2010, 2012))
    value = reach.set_index(["economy", "year"])["reach"]
    assert value["AAA", 2010] == pytest.approx(100.0)
    assert value["AAA", 2011] == pytest.approx(100.0 + 200.0 * 10 / 40)
    assert value["BBB", 2011] == pytest.approx(200.0 + 100.0 * 10 / 40)
    assert value["CCC", 2011] == pytest.approx(300.0)


def test_panel_counts_what_it_leaves_out() -> None:
    agreements = pd.DataFrame({"one": ["AAA", "BBB"], "other": ["BBB", "AAA"], "since": [2011, 2011]})
    reach = market_reach(_output(range(2010, 2012)), _distance(), agreements, range(2010, 2012))
    positions = pd.DataFrame(
        [("AAA", "BBB", 2010, 5.0), ("AAA", "CCC", 2010, np.nan), ("BBB", "CCC", 2010, -1.0),
         ("CCC", "AAA", 2011, 0.0), ("CCC", "ZZZ", 2011, 1.0), ("CCC", "CCC", 2011, 9.0)],
        columns=["owner", "host", "year", "stock"],
    )  # fmt: skip
    panel, dropped = attraction_panel(positions, reach, agreements)
    assert dropped == {
        "confidential or missing stock": 1, "negative stock": 1, "host without output or distance": 1,
    }  # fmt: skip
    assert panel[["owner", "host", "outsider"]].to_numpy().tolist() == [
        ["AAA", "BBB", False],
        ["CCC", "AAA", True],
    ]


def test_a_known_elasticity_comes_back() -> None:
    random = np.random.default_rng(1)
    hosts, owners, years = [f"H{k}" for k in range(25)], [f"O{k}" for k in range(12)], range(2010, 2020)
    reach = pd.DataFrame([(h, y) for h in hosts for y in range(2010, 2023)], columns=["economy", "year"])
    reach["output"] = np.exp(random.normal(3, 1, len(reach)))
    reach["reach"] = reach["output"] * np.exp(random.normal(0.5, 0.4, len(reach)))
    rows = pd.DataFrame(
        [(o, h, y) for o in owners for h in hosts for y in years], columns=["owner", "host", "year"]
    )
    joined = rows.merge(reach.rename(columns={"economy": "host"}), on=["host", "year"])
    index = (
        0.7 * np.log(joined["reach"]) + 0.2 * np.log(joined["output"]) + random.normal(0, 0.2, len(joined))
    )
    insider = joined["owner"].isin(["O10", "O11"])
    index = index.where(~insider, -2 * np.log(joined["reach"]))
    positions = joined.assign(stock=np.exp(index))[["owner", "host", "year", "stock"]]
    agreements = pd.DataFrame(
        [(o, h, 2005) for o in ("O10", "O11") for h in hosts], columns=["one", "other", "since"]
    )
    panel, dropped = attraction_panel(positions, reach, agreements)
    result = estimate_attraction(panel, reach, ["O1", "H3"], dropped=dropped)
    main = result.fits["outsiders"]
    assert main.coefficient("log_reach") == pytest.approx(0.7, abs=4 * main.std_error("log_reach"))
    assert main.std_error("log_reach") < 0.05
    led = result.fits["outsiders, with lead"]
    assert abs(led.coefficient("log_reach_lead2")) < 4 * led.std_error("log_reach_lead2")
    assert result.fits["outsiders, without conduits"].n_obs == 9 * 24 * 10
    assert set(result.tidy()["specification"]) == set(result.fits)


def test_leads_look_ahead_and_missing_columns_are_named() -> None:
    reach = pd.DataFrame({"economy": "H", "year": [1, 2, 3], "reach": [1.0, 2.0, 4.0], "output": 1.0})
    panel = pd.DataFrame({"host": "H", "year": [1, 2], "owner": "O"})
    led = add_leads(panel, reach, 2)
    assert led["log_reach_lead2"].tolist() == pytest.approx([np.log(4.0)])
    with pytest.raises(InputError, match="no column stock"):
        estimate_attraction(panel, reach, [])


def test_the_share_of_trade_with_the_own_region() -> None:
    trade = pd.DataFrame(
        [("A", "B", 2020, 3.0), ("A", "B", 2020, 1.0), ("B", "A", 2020, 2.0), ("A", "C", 2020, 4.0),
         ("A", "A", 2020, 99.0), ("A", "R", 2020, 2.0), ("C", "B", 2020, 5.0),
         ("R", "A", 2020, 0.0), ("A", "B", 2021, 1.0)],
        columns=["exporter", "importer", "year", "value"],
    )  # fmt: skip
    shares = intra_regional_share(trade, {"A": "north", "B": "north", "C": "south"})
    assert shares.set_index(["economy", "year"])["share"].to_dict() == pytest.approx(
        {("A", 2020): 6 / 12, ("B", 2020): 6 / 11, ("A", 2021): 1.0, ("B", 2021): 1.0}
    )
    with pytest.raises(UnknownNameError, match="value"):
        intra_regional_share(trade.drop(columns="value"), {})
    for wrong in (np.nan, -1.0):
        with pytest.raises(InputError, match="1 values of trade are missing or negative"):
            intra_regional_share(trade.assign(value=[wrong, *trade["value"][1:]]), {})


def test_the_other_measure_and_more_controls_come_back_too() -> None:
    random = np.random.default_rng(2)
    hosts, owners, years = [f"H{k}" for k in range(30)], [f"O{k}" for k in range(12)], range(2010, 2020)
    of_hosts = pd.DataFrame([(h, y) for h in hosts for y in years], columns=["host", "year"])
    of_hosts["output"], of_hosts["share"], of_hosts["skill"] = np.exp(
        random.normal(0, 0.5, (3, len(of_hosts)))
    )
    of_hosts["reach"] = of_hosts["output"] + 1
    panel = pd.DataFrame(
        [(o, h, y) for o in owners for h in hosts for y in years], columns=["owner", "host", "year"]
    )
    panel = panel.merge(of_hosts, on=["host", "year"])
    panel["log_output"], panel["log_reach"] = np.log(panel["output"]), np.log(panel["reach"])
    # Owners and hosts respond a little differently, so that clusters matter on both sides.
    own, their = random.normal(0, 0.1, (2, 3, 30))
    o, h = (panel[name].str[1:].astype(int) for name in ("owner", "host"))
    slopes = np.array([[0.5], [0.3], [-0.4]]) + own[:, o] + their[:, h]
    parts = np.stack([np.log(panel["share"]), panel["log_output"], panel["skill"]])
    index = pd.Series((slopes * parts).sum(axis=0))
    panel["stock"] = np.exp(index + random.normal(0, 0.2, len(panel)))
    panel["outsider"] = panel["owner"] != "O11"
    shares = of_hosts.rename(columns={"host": "economy"})[["economy", "year", "share"]]
    panel.loc[panel["host"] == "H0", "skill"] = np.nan
    result = estimate_attraction(
        panel, of_hosts.rename(columns={"host": "economy"}), ["O1"], more=["skill"],
        shares=shares[shares["economy"] != "H1"],
    )  # fmt: skip
    both = result.fits["outsiders, intra-regional trade, more controls"]
    for name, true in (("log_share", 0.5), ("log_output", 0.3), ("skill", -0.4)):
        assert both.coefficient(name) == pytest.approx(true, abs=4 * both.std_error(name))
        assert both.std_error(name) < 0.1
    assert both.n_obs == 11 * 28 * 10
    assert result.fits["outsiders, more controls"].names == ("log_reach", "log_output", "skill")
    assert result.fits["outsiders, more controls"].n_obs == 11 * 29 * 10
    assert result.fits["outsiders, where trade is known"].n_obs == 11 * 29 * 10
    assert result.fits["outsiders, without conduits, intra-regional trade"].n_obs == 10 * 29 * 10
    with pytest.raises(InputError, match="no column schooling"):
        estimate_attraction(panel, of_hosts, [], more=["schooling"])
