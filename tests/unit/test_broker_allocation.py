"""allocate: who may pay and why not, tickets, books, gaps, price of stability; bad input refused by name."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from serai.broker import (
    Lender,
    Need,
    Price,
    allocate,
    lenders,
    match,
    obstacles,
    open_needs,
    refuse_unfinanceable,
)
from serai.broker.suggestions import suggestions
from serai.broker.terms import grant_share, parameters, present_value, price_of_kind
from serai.draws import Draws
from serai.errors import InputError
from serai.programme import candidates, choose, read_rules, screen, study_prospects
from serai.programme.loan import Loan
from serai.study import read_study, reference_study


def need(name: str = "road", amount: float = 100.0, sector: str = "transport.road", **more: object) -> Need:
    return replace(Need(name, name, amount, ("KGZ",), (sector,)), **more)


def lender(name: str = "bank", price: float = 0.9, limit: float | None = 80.0, **more: object) -> Lender:
    found = Lender(
        name,
        name,
        "mdb",
        limit,
        "published",
        None,
        None,
        "none",
        ("KGZ",),
        (),
        {"": Price(price, price, price, "published", "x")},
    )
    return replace(found, **more)


def test_cheap_money_goes_first_and_the_gap_is_named() -> None:
    found = allocate([need()], [lender("dear", 1.1, 50.0), lender("cheap", 0.5, 30.0)])
    assert found.amounts.tolist() == [[50.0], [30.0]]
    assert found.gap.tolist() == [20.0]
    assert found.cost == pytest.approx(50 * 1.1 + 30 * 0.5)
    assert found.gaps()["why"].tolist() == ["limits and deal sizes are used up"]
    assert found.book().set_index("financier").loc["cheap", "placed_usd_m"] == 30.0
    assert found.blocking == ()


def test_stability_costs_what_the_cheapest_saves() -> None:
    """The bank prefers the larger project, which has a cheaper offer of its own kind nowhere else."""
    big, small = need("big", 60.0), need("small", 40.0)
    bank = lender("bank", 0.9, 60.0, prices={"": price(0.9), "UZB": price(0.1)})
    dear = lender("dear", 1.0, 100.0, countries=("KGZ", "UZB"))
    small = replace(small, countries=("UZB",))
    bank = replace(bank, countries=("KGZ", "UZB"))
    found = allocate([big, small], [bank, dear])
    assert found.amounts.tolist() == [[60.0, 0.0], [0.0, 40.0]]
    assert found.cheapest.tolist() == [[20.0, 40.0], [40.0, 0.0]]
    assert found.price_of_stability == pytest.approx((60 * 0.9 + 40) - (20 * 0.9 + 40 * 0.1 + 40))


def price(value: float) -> Price:
    return Price(value, value, value, "published", "x")


def test_every_obstacle_is_said() -> None:
    shy = lender(
        limit=0.0,
        countries=("UZB",),
        sectors=("energy",),
        tied_to=("JPN",),
        only=frozenset({"other"}),
        ticket_min_usd_m=500.0,
        kind="grant",
    )
    reasons = " | ".join(obstacles(need(private=True), shy))
    for word in (
        "private investor",
        "no money left",
        "own projects",
        "does not lend",
        "mandate",
        "tied",
        "smallest deal",
    ):
        assert word in reasons
    assert obstacles(need(), lender(limit=None)) == ("no amount is known that it could lend",)
    assert obstacles(need(), lender(kind="insurance")) == ("it insures others' money and lends none",)
    assert obstacles(need(parties=("JPN",)), lender(tied_to=("JPN",))) == ()
    assert obstacles(need(sector="energy.solar"), lender(sectors=("energy",))) == ()
    assert obstacles(need(sector="energyx"), lender(sectors=("energy",))) != ()


def test_a_deal_below_the_smallest_ticket_is_not_made() -> None:
    found = allocate(
        [need(amount=100.0)], [lender("cheap", 0.5, 95.0), lender("picky", 0.9, 90.0, ticket_min_usd_m=20.0)]
    )
    assert found.amounts.tolist() == [[95.0], [0.0]]
    assert found.small == (("picky", "road"),)
    assert found.gap.tolist() == [5.0]


def test_the_largest_deal_is_kept() -> None:
    found = allocate([need()], [lender(limit=100.0, ticket_max_usd_m=25.0)])
    assert found.amounts.tolist() == [[25.0]]


def test_bad_markets_are_refused_with_everything_at_once() -> None:
    bad = [
        lender("a", limit=-1.0),
        lender("a", limit=0.0),
        lender("b", limit=0.0, ticket_min_usd_m=9.0, ticket_max_usd_m=1.0, prices={}),
    ]
    with pytest.raises(InputError) as error:
        allocate([need(amount=-5.0), need(amount=float("nan"))], bad)
    text = str(error.value)
    for words in ("appears twice", "negative or not a number", "smallest deal exceeds", "without a price"):
        assert words in text
    with pytest.raises(InputError, match="no financier has money"):
        allocate([need()], [lender(limit=0.0), lender("b", limit=None)])
    with pytest.raises(InputError, match="no project to finance"):
        allocate([], [lender()])
    with pytest.raises(InputError, match="there is no financier"):
        allocate([need()], [])


def test_a_project_nobody_may_touch_is_named_with_every_reason() -> None:
    found = allocate([need(), need("mine", sector="naturalResources")], [lender(sectors=("transport",))])
    assert found.gaps().set_index("project").loc["mine", "why"] == "nobody may pay for it"
    with pytest.raises(InputError, match=r"mine.*outside its mandate"):
        refuse_unfinanceable(found)


def test_present_value_is_one_at_the_rate_and_falls_with_grace() -> None:
    rate = parameters().of("reference_rate").value
    assert present_value(Loan(1, rate, 30, 7)) == pytest.approx(1)
    soft = present_value(Loan(1, 1.0, 30, 7))
    assert soft < present_value(Loan(1, 1.0, 30, 0)) < 1
    by_hand = sum((1.0 * (1 - t / 2) + 50) / 1.05 ** (t + 1) for t in range(2)) / 100
    assert present_value(Loan(1, 1.0, 2, 0), rate_pct=5) == pytest.approx(by_hand)
    assert price_of_kind("grant").present_value == 0


def test_grants_make_a_mix_concessional() -> None:
    share = grant_share(1.0)
    wanted = 1 - parameters().of("concessional_grant_element").value
    assert (1 - share) * 1.0 == pytest.approx(wanted)
    found = allocate(
        [need()], [lender("bank", 1.0, 100.0), lender("cover", kind="insurance", guarantees=True, prices={})]
    )
    [row] = suggestions(found)
    assert row.grant_usd_m == pytest.approx(100 * share)
    assert row.guarantors == ()
    private = allocate(
        [need(private=True)],
        [lender("bank", 1.0, 60.0), lender("cover", kind="insurance", guarantees=True, prices={})],
    )
    [row] = suggestions(private)
    assert (row.grant_usd_m, row.guarantors, row.gap_usd_m) == (0.0, ("cover",), 40.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "study"
    shutil.copytree(reference_study(), path)
    return path


def test_the_reference_study_is_matched() -> None:
    found, opened = match(read_study())
    assert found.blocking == ()
    assert (found.amounts.sum(axis=0) <= [n.open_usd_m + 1e-6 for n in found.needs]).all()
    limits = np.array([x.limit_usd_m or 0.0 for x in found.lenders])
    assert (found.amounts.sum(axis=1) <= limits + 1e-6).all()
    assert found.price_of_stability >= -1e-6
    assert found.amounts.sum() <= found.most + 1e-6
    assert not {n.id for n in found.needs} & set(opened.left_out)
    kinds = {x.id: x.kind for x in found.lenders}
    private = {n.id for n in found.needs if n.private}
    terms = found.terms()
    assert not [
        f
        for f, p in zip(terms["financier"], terms["project"], strict=True)
        if p in private and kinds[f] == "grant"
    ]


def test_the_chosen_programme_is_matched_with_what_it_takes() -> None:
    study = read_study()
    rules, draws = read_rules(study), Draws(20, 1)
    programme = choose(study_prospects(study, rules, screen(*candidates(study), draws=draws)), rules, draws)
    found, left = match(study, programme)
    assert [n.id for n in found.needs] == [pick.project.id for pick in programme.picks]
    amounts = {pick.project.id: pick.amount_usd_m for pick in programme.picks}
    assert {n.id: n.open_usd_m for n in found.needs} == amounts
    assert {n.basis for n in found.needs} >= {"reported", "imputed"}
    assert not set(left.left_out) & set(amounts)
    assert found.blocking == ()
    everything, _ = match(study)
    assert everything.needs != found.needs


def test_what_some_economies_place_and_could_place() -> None:
    home = lender("home", 1.0, 70.0, home=("JPN",))
    cheap = lender("cheap", 0.5, 90.0)
    found = allocate([need(amount=100.0)], [home, cheap])
    assert found.placed_by(["JPN"]) == 10.0
    assert found.most_by(["JPN"]) == pytest.approx(70.0)
    assert found.most_by(["KOR"]) == found.placed_by(["KOR"]) == 0
    by_name = {x.id: x.home for x in lenders(read_study())}
    assert by_name["jbic"] == ("JPN",)
    assert by_name["deg-proparco"] == ("DEU", "FRA")
    assert by_name["adb"] == ()


def test_open_is_cost_less_what_is_agreed() -> None:
    study = read_study()
    by_id = {n.id: n for n in open_needs(study).needs}
    assert by_id["ca-cku-railway"].open_usd_m == pytest.approx(4700 - 2300 - 2300)
    left = open_needs(study).left_out
    assert "loan_only" in left["kz-trace-karaganda-zhezkazgan"]
    assert left["kg-batken-solar-250"] == "no cost is published"


def test_a_programme_in_other_money_is_converted_or_refused(folder: Path, tmp_path: Path) -> None:
    study = read_study(folder)
    file = tmp_path / "programme.json"
    file.write_text(
        json.dumps(
            {"projects": [{"id": "kz-mirny-wind", "amount": 15.7e9, "currency": "JPY", "date": "2025-12-20"}]}
        )
    )
    found, _ = match(study, file)
    assert found.needs[0].open_usd_m == pytest.approx(
        study.money.convert(15.7e9, "JPY", "2025-12-20").value / 1e6
    )
    rows = [
        {"id": "kz-mirny-wind", "amount": 1.0, "currency": "XAU", "date": "2025-12-20"},
        {"id": "kz-mirny-wand", "open_usd_m": 1.0},
        {"id": "kz-mirny-wind"},
        {"id": "kz-mirny-wind", "open_usd_m": "lots"},
    ]
    file.write_text(json.dumps(rows))
    with pytest.raises(InputError) as error:
        match(study, file)
    text = str(error.value)
    for words in ("XAU", "Did you mean kz-mirny-wind", "is missing", "not an amount"):
        assert words in text
    table = [{"project": "kz-mirny-wind", "amount_usd_m": 12.5, "share": 1.0}]
    file.write_text(json.dumps({"projects": 1, "tables": {"programme": table}}))
    assert match(study, file)[0].needs[0].open_usd_m == 12.5
    file.write_text(json.dumps({"projects": 7}))
    with pytest.raises(InputError, match="no list"):
        match(study, file)
    file.write_text("no json")
    with pytest.raises(InputError, match="not a programme"):
        match(study, file)


def test_mandates_and_terms_that_name_nothing_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "study"
    shutil.copytree(folder, copy)
    mandates = copy / "mandates.csv"
    lines = [line for line in mandates.read_text().splitlines() if not line.startswith("adfd,")]
    mandates.write_text(
        "\n".join([*lines, "nobody,mdb,energy,,,,,", "masdar2,private,,,,yes,no-project,"]) + "\n"
    )
    with (copy / "terms.csv").open("a") as stream:
        stream.write("ghost,,1,10,2,published,x\njbic,,1,5,5,published,x\n")
    with pytest.raises(InputError) as error:
        lenders(read_study(copy))
    text = str(error.value)
    for words in ("nobody", "adfd", "no-project", "ghost", "no year is left"):
        assert words in text
