"""Appraisal of projects simple enough to value by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serai.draws import Draws, Uncertain
from serai.errors import InputError, UnknownNameError
from serai.programme import (
    Assumptions,
    Loan,
    Project,
    Standing,
    appraise,
    channel_of,
    compare,
    debt_service,
    present_value,
    unappraisable,
)
from serai.programme.flows import yearly_flows
from serai.programme.parameters import (
    class_of,
    discount_rates,
    parameters,
    read_constants,
    reference_classes,
    table,
)
from serai.programme.valuation import valuation

DRAWS = Draws(2000, seed=11)
WORLD = Assumptions("adb", "world")
WIND = Project(
    "wind", "Wind", ("UZB",), "energy.wind", "preparation", 1100, "total", 2026, 2028, energy_gwh=3500
)
ROAD = Project("road", "Road", ("KGZ",), "transport.road", "preparation", 100, "total", 2026, 2030)
COURSE = Project(
    "course", "Course", ("UZB",), "education", "preparation", 2, "grant_only", 2026, 2028,
    people=1000, schooling="course",
)  # fmt: skip


def at(**values):
    base = {
        "cost_usd_m": 100, "cost_overrun_pct": 0, "construction_years": 2, "time_overrun_pct": 0,
        "upkeep_pct": 0, "benefit_realised": 1, "life_years": 4, "carbon_price": 0,
    }  # fmt: skip
    return {name: np.array([float(value)]) for name, value in (base | values).items()}


def test_flows_by_hand():
    flows = yearly_flows(at(upkeep_pct=3, carbon_price=50), np.array([20.0]), np.array([0.1]), ramp_years=2)
    assert flows.capital[0] == pytest.approx([50, 50, 0, 0, 0, 0])
    assert flows.upkeep[0] == pytest.approx([0, 0, 3, 3, 3, 3])
    assert flows.benefit[0] == pytest.approx([0, 0, 5, 15, 20, 20])
    assert flows.carbon[0] == pytest.approx([0, 0, 1.25, 3.75, 5, 5])
    assert flows.net[0] == pytest.approx([-50, -50, 3.25, 15.75, 22, 22])


def test_overruns_raise_the_cost_and_push_the_opening_back():
    late = yearly_flows(at(cost_overrun_pct=50, time_overrun_pct=25), np.array([20.0]), np.array([0.0]), 0)
    assert late.capital[0] == pytest.approx([60, 60, 30, 0, 0, 0, 0])
    assert late.benefit[0] == pytest.approx([0, 0, 10, 20, 20, 20, 10])
    short = yearly_flows(at(benefit_realised=0.6), np.array([20.0]), np.array([0.0]), 0)
    assert short.benefit[0] == pytest.approx([0, 0, 12, 12, 12, 12])


def test_wind_as_planned_by_hand():
    """3.5 TWh at 50 a MWh and 0.5 t at 95: two years of building, one of ramp, 25 of life, upkeep 3 %."""
    yearly = 3.5 * 50 + 3.5 * 0.5 * 95
    net = np.zeros(27)
    net[:2] = -550
    net[2] = yearly / 2 - 33
    net[3:] = yearly - 33
    expected = (net / 1.09 ** np.arange(27)).sum()
    appraisal = appraise(WIND, WORLD, DRAWS)
    assert appraisal.channel.name == "power"
    assert appraisal.planned.enpv_usd_m == pytest.approx(expected)
    assert appraisal.planned.rates.count == 1
    rate = appraisal.planned.rates.only
    assert (net / (1 + rate) ** np.arange(27)).sum() == pytest.approx(0, abs=1e-6)
    assert appraisal.central.enpv_usd_m < appraisal.planned.enpv_usd_m


def test_capacity_stands_in_for_energy_and_is_uncertain():
    by_capacity = replace(WIND, energy_gwh=None, capacity_mw=1000)
    factor = reference_classes().of("capacity_factor_pct", "wind").value
    same = appraise(replace(WIND, energy_gwh=8760 * factor / 100), WORLD, DRAWS)
    other = appraise(by_capacity, WORLD, DRAWS)
    assert other.planned.enpv_usd_m == pytest.approx(same.planned.enpv_usd_m)
    assert "capacity_factor_pct" in other.variance


def test_the_prior_gives_its_ratio_as_planned():
    appraisal = appraise(ROAD, WORLD, DRAWS)
    assert appraisal.label == "ranked by sector prior"
    assert appraisal.channel.basis == "assumed"
    ratio = reference_classes().of("benefit_cost_ratio", "roads").value
    assert appraisal.planned.benefit_cost_ratio == pytest.approx(ratio)
    assert appraisal.central.benefit_cost_ratio < ratio


def test_people_by_hand():
    appraisal = appraise(COURSE, Assumptions("adb", "world"), DRAWS)
    schooling, gain = (
        parameters().of("schooling_years", "course").value,
        parameters().of("schooling_return").value,
    )
    yearly = 1000 * 4.8 / 1000 * schooling * gain / 100
    assert appraisal.channel.name == "people"
    ramp = reference_classes().of("ramp_years", "soft").value
    years = np.arange(37)
    use = np.clip(years - 2 + 1, 0, None).clip(max=ramp) ** 2 / (2 * ramp)
    use = np.where(years - 1 >= ramp, years - 1 - ramp / 2, use)
    benefits = yearly * np.diff(np.r_[0, use])
    costs = np.r_[1, 1, np.zeros(35)] / 1.0
    expected = ((benefits - costs) / 1.09**years).sum()
    assert appraisal.planned.enpv_usd_m == pytest.approx(expected)


def test_a_given_gain_replaces_the_other_channels():
    gain = Uncertain("gain", 12, 6, 20, shape="triangular", basis="computed", source="equilibrium")
    given = appraise(ROAD, Assumptions("adb", "world", gain=gain), DRAWS)
    assert (given.channel.name, given.channel.basis) == ("given", "computed")
    assert "gain" in given.variance
    assert channel_of(WIND, gain).name == "given"


def test_one_channel_a_project():
    gain = Uncertain("gain", 12)
    with pytest.raises(InputError, match="count its benefit twice"):
        appraise(WIND, Assumptions("adb", "world", gain=gain, channel="power"), DRAWS)
    with pytest.raises(InputError, match="lacks what the channel power needs"):
        appraise(ROAD, Assumptions("adb", "world", channel="power"), DRAWS)
    with pytest.raises(UnknownNameError, match="people"):
        appraise(ROAD, Assumptions("adb", "world", channel="peeple"), DRAWS)
    assert appraise(WIND, Assumptions("adb", "world", channel="prior"), DRAWS).channel.name == "prior"


def test_standing():
    world, host = appraise(WIND, WORLD, DRAWS), appraise(WIND, Assumptions("adb", "host"), DRAWS)
    assert host.planned.enpv_usd_m < world.planned.enpv_usd_m, "the host is not paid for the carbon"
    free = appraise(COURSE, Assumptions("adb", "host"), DRAWS)
    assert free.planned.enpv_usd_m > appraise(COURSE, WORLD, DRAWS).planned.enpv_usd_m, (
        "a grant is free to the host"
    )
    none = appraise(COURSE, Assumptions("adb", "host", grant_share=0), DRAWS)
    assert none.planned.enpv_usd_m == pytest.approx(appraise(COURSE, WORLD, DRAWS).planned.enpv_usd_m)
    japan = appraise(WIND, Assumptions("adb", Standing("japan", 0.4, 0.4, 0, 1)), DRAWS)
    assert japan.planned.enpv_usd_m == pytest.approx(0.4 * host.planned.enpv_usd_m)


def test_a_loan_by_hand():
    """100 drawn over two years at 5 %, four years each, the first one of grace."""
    served = debt_service(np.array([[50.0, 50.0]]), Loan(1, 5, years=4, grace_years=1))[0]
    third = 50 / 3
    principal = np.array([0, 0, third, 2 * third, 2 * third, third])
    owed = 50 + np.array([0, 50, 50, 50, 50, 50]) - principal.cumsum()
    assert served == pytest.approx(principal + 0.05 * np.r_[0, owed[:-1]])
    assert owed[-1] == pytest.approx(0)


@pytest.mark.parametrize(("interest", "years", "grace"), [(2.3, 20, 6), (0.25, 40, 10), (9, 12, 0)])
def test_a_loan_at_the_discount_rate_is_worth_nothing(interest, years, grace):
    drawn = np.array([[30.0, 40.0, 0.0, 5.0]])
    served = debt_service(drawn, Loan(1, interest, years, grace))
    assert served.shape == (1, 4 + years)
    assert present_value(served, interest / 100) == pytest.approx(present_value(drawn, interest / 100))


def test_a_soft_loan_helps_the_host_and_leaves_the_world_alone():
    soft = Loan(share=0.7, interest_pct=2.3, years=20, grace_years=6)
    host = appraise(WIND, Assumptions("adb", "host"), DRAWS)
    financed = appraise(WIND, Assumptions("adb", "host", loan=soft), DRAWS)
    drawn = np.array([[0.7 * 550, 0.7 * 550]])
    help_given = present_value(drawn, 0.09) - present_value(debt_service(drawn, soft), 0.09)
    assert financed.planned.enpv_usd_m - host.planned.enpv_usd_m == pytest.approx(help_given[0])
    assert financed.central.enpv_usd_m - host.central.enpv_usd_m > 0
    model = valuation(WIND, Assumptions("adb", "host", loan=Loan(0.7, 0, years=20, grace_years=19)))
    debt = model.flows({name: np.array([driver.value]) for name, driver in model.drivers.items()}).debt[0]
    assert debt[:10].sum() == pytest.approx(-0.7 * 1100), "the loan pays no overrun"
    assert debt.sum() == pytest.approx(0)
    hard = replace(soft, interest_pct=9)
    same = appraise(WIND, Assumptions("adb", "host", loan=hard), DRAWS)
    assert same.central.enpv_usd_m == pytest.approx(host.central.enpv_usd_m)
    world = appraise(WIND, Assumptions("adb", "world", loan=soft), DRAWS)
    assert world.enpv_usd_m == pytest.approx(appraise(WIND, WORLD, DRAWS).enpv_usd_m)


def test_loans_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="3 problems"):
        Loan(share=1.2, interest_pct=-1, years=5, grace_years=5)
    with pytest.raises(InputError, match="sum to at most one"):
        appraise(COURSE, Assumptions("adb", "host", loan=Loan(0.5, 2, 20, 5)), DRAWS)


def test_discount_rates_by_source():
    worth = [
        appraise(WIND, Assumptions(rate, "world"), DRAWS).central.enpv_usd_m
        for rate in ("adb", "adb_social", "japan")
    ]
    assert worth == sorted(worth)
    with pytest.raises(UnknownNameError, match="Did you mean world_bank"):
        appraise(WIND, Assumptions("worldbank", "world"), DRAWS)
    with pytest.raises(UnknownNameError, match="Known: world, host"):
        appraise(WIND, Assumptions("adb", "japan"), DRAWS)
    assert {row["key"] for row in table("discount_rates")} == {name for name, _ in discount_rates().rows}


def test_switching_values_make_the_central_case_worthless():
    appraisal = appraise(WIND, WORLD, DRAWS)
    switches = {switch.driver: switch for switch in appraisal.switches}
    central = appraisal.central
    cost = switches["cost_usd_m"]
    assert cost.change_pct == pytest.approx(100 * (central.benefit_cost_ratio - 1), rel=1e-6)
    share = switches["benefit_realised"]
    assert share.switching / share.central == pytest.approx(1 / central.benefit_cost_ratio, rel=1e-6)
    moved = appraise(replace(WIND, cost_usd_m=cost.switching), WORLD, DRAWS)
    assert moved.central.enpv_usd_m == pytest.approx(0, abs=1e-6)
    cheap = appraise(replace(WIND, cost_usd_m=500), WORLD, DRAWS)
    carbon = next(switch for switch in cheap.switches if switch.driver == "carbon_price")
    assert np.isnan(carbon.switching), "worth its cost without carbon: nothing to switch"


def test_the_tornado_is_sorted_and_its_ends_are_the_model_s():
    appraisal = appraise(WIND, WORLD, DRAWS)
    widths = [bar.width for bar in appraisal.tornado]
    assert widths == sorted(widths, reverse=True)
    bars = {bar.driver: bar for bar in appraisal.tornado}
    assert {"power_value", "cost_overrun_pct", "discount_rate"} <= set(bars)
    assert (
        bars["power_value"].enpv_at_low_usd_m
        < appraisal.central.enpv_usd_m
        < bars["power_value"].enpv_at_high_usd_m
    )
    assert bars["cost_overrun_pct"].enpv_at_high_usd_m < bars["cost_overrun_pct"].enpv_at_low_usd_m
    rate = bars["discount_rate"]
    assert (rate.low, rate.high) == (6, 12)
    assert rate.enpv_at_low_usd_m == pytest.approx(
        appraise(WIND, Assumptions("adb_social", "world"), DRAWS).central.enpv_usd_m
    )


def test_draws():
    appraisal = appraise(WIND, WORLD, DRAWS)
    assert appraisal.enpv_usd_m.shape == appraisal.eirr.shape == (2000,)
    assert appraisal.enpv.low < appraisal.enpv.estimate < appraisal.enpv.high
    assert appraisal.chance_positive == pytest.approx((appraisal.enpv_usd_m > 0).mean())
    above = appraisal.eirr > discount_rates().of("adb").value / 100
    assert (above == (appraisal.enpv_usd_m > 0)).all(), (
        "one rate beats the discount rate where ENPV is positive"
    )
    assert sum(appraisal.variance.values()) == pytest.approx(1, abs=0.05)
    again = appraise(WIND, WORLD, Draws(500, seed=11))
    assert again.enpv_usd_m == pytest.approx(appraisal.enpv_usd_m[:500]), "draw 17 is draw 17"


def test_projects_draw_their_own_overruns_and_share_the_world():
    other = replace(WIND, id="other")
    one, two = appraise(WIND, WORLD, DRAWS), appraise(other, WORLD, DRAWS)
    correlation = np.corrcoef(one.enpv_usd_m, two.enpv_usd_m)[0, 1]
    assert 0.3 < correlation < 0.95
    streams = [
        {driver.name for name, driver in valuation(p, WORLD).drivers.items() if name in one.variance}
        for p in (WIND, other)
    ]
    assert streams[0] & streams[1] == {"carbon_price", "power_value", "grid_factor:UZB"}


def test_a_finished_project_overruns_no_more():
    done = appraise(replace(WIND, status="completion"), WORLD, DRAWS)
    assert "cost_overrun_pct" not in done.variance
    assert done.quality_break_even_points == pytest.approx(100 * 0.03 / 1.03)


def test_a_published_part_of_the_cost_is_scaled_up_and_uncertain():
    debt = appraise(replace(WIND, cost_basis="debt_only"), WORLD, DRAWS)
    assert debt.planned.enpv_usd_m < appraise(WIND, WORLD, DRAWS).planned.enpv_usd_m
    assert debt.variance["cost_usd_m"] > 0


def test_the_break_even_of_quality_by_hand():
    """Cost (1 + 3 %) (1 + 16 % - e) equals cost (1 + 16 %)."""
    appraisal = appraise(ROAD, WORLD, DRAWS)
    e = appraisal.quality_break_even_points / 100
    assert 1.03 * (1.16 - e) == pytest.approx(1.16)
    assumed = parameters().of("quality_overrun_effect")
    assert assumed.low < 0 < assumed.high, "whether quality pays is not assumed"


def test_what_cannot_be_appraised_says_why():
    assert unappraisable(replace(WIND, cost_usd_m=None)) == "no published cost"
    assert "covers" in unappraisable(replace(WIND, cost_basis=None))
    with pytest.raises(InputError, match="no published cost"):
        appraise(replace(WIND, cost_usd_m=None), WORLD, DRAWS)
    with pytest.raises(UnknownNameError, match="Did you mean total"):
        appraise(replace(WIND, cost_basis="totl"), WORLD, DRAWS)
    with pytest.raises(InputError, match="no share of the cost"):
        appraise(WIND, Assumptions("adb", "world", grant_share=1.2), DRAWS)
    with pytest.raises(UnknownNameError, match="reference class"):
        class_of("energy.wind", "windy")
    with pytest.raises(UnknownNameError, match="sector"):
        class_of("energy.winds")


def test_tidy_and_summary_speak_of_the_basis():
    appraisal = appraise(ROAD, WORLD, DRAWS)
    tidy = appraisal.tidy().set_index("quantity")
    assert set(tidy["basis"]) == {"assumed"}
    assert tidy.loc["enpv", "low"] < tidy.loc["enpv", "high"]
    assert tidy.loc["internal_rates_central", "estimate"] == 1
    assert "ranked by sector prior" in appraisal.summary()
    assert "best" not in appraisal.summary()


def test_a_prior_is_never_ranked_beside_a_project_s_own_data():
    table = compare([appraise(project, WORLD, DRAWS) for project in (ROAD, COURSE, WIND)])
    assert table["project"].tolist() == ["wind", "course", "road"]
    assert table["rank"].tolist()[:2] == [1, 2]
    assert np.isnan(table["rank"].iloc[2])


def test_every_row_of_every_table_has_its_unit_basis_and_source():
    for name in ("parameters", "reference_classes", "discount_rates", "cost_bases"):
        for row in table(name):
            assert row["unit"]
            assert row["basis"]
            assert row["source"]
            assert row["checked"] in ("yes", "no")
    for kind in reference_classes().places("mean_overrun_pct"):
        for need in ("construction_years", "life_years", "upkeep_pct", "ramp_years", "benefit_cost_ratio"):
            assert reference_classes().has(need, kind), f"{kind}: {need}"
    assert {row["class"] for row in table("sectors")} <= set(reference_classes().places("mean_overrun_pct"))


def test_overruns_are_the_shared_table(raw_data):
    import csv

    with (raw_data / "parameters" / "overruns.csv").open(encoding="utf-8") as file:
        published = {row["class"]: row for row in csv.DictReader(file)}
    for kind, row in published.items():
        for name in ("mean_overrun_pct", "tail_share_pct", "tail_mean_pct"):
            assert reference_classes().of(name, kind).value == float(row[name])


def test_constants_that_are_none_are_refused():
    rows = [
        {"key": "a", "value": "1,5", "low": "", "high": "", "unit": "x", "basis": "y", "source": "z"},
        {"key": "b", "value": "1", "low": "", "high": "", "unit": "x", "basis": "y", "source": "z"},
        {"key": "b", "value": "2", "low": "", "high": "", "unit": "x", "basis": "y", "source": "z"},
    ]
    with pytest.raises(InputError, match="2 problems"):
        read_constants(rows, "key", None, "own.csv")
