"""What a programme of the lead changes for each partner, and whose it would displace if another ran it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.axes import Array
from serai.brief.document import Desk, Table
from serai.brief.numbers import Number
from serai.brief.sections.ladder import values, wealth_words
from serai.brief.words import N_
from serai.leverage import Programme
from serai.programme.acts import ID as CHOSEN
from serai.scenario.evaluate import WEALTH

TITLE = N_("The chosen programme")


def programme_table(desk: Desk, programme: Programme) -> Table:
    """What the lead's programme does to each partner's ties, and the leverage that it adds."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    key, chosen = f"leverage/{programme.scenario}", programme.scenario == CHOSEN
    if chosen:
        _node(desk)
    for p, partner in enumerate(programme.displaced["fixed"].partners):
        numbers: dict[str, Number] = {}
        for wealth in WEALTH:
            found = programme.displaced[wealth]
            for what, drawn in (("exports", found.exports), ("fdi", found.fdi)):
                if drawn is not None:
                    numbers[f"{what}_{wealth}"] = _of_programme(
                        desk,
                        f"{key}/{partner}/{what}/{wealth}",
                        N_("change that the programme makes"),
                        drawn[:, p],
                        programme.scenario,
                        wealth,
                    )
            largest = np.abs(np.nanmedian(programme.added[wealth][:, :, p], axis=0)).argmax()
            numbers[f"added_{wealth}"] = _of_programme(
                desk,
                f"{key}/{partner}/added/{wealth}",
                N_("loss from losing the partner, with the programme minus without, where it is largest"),
                programme.added[wealth][:, largest, p],
                programme.scenario,
                wealth,
            )
        cells.append([desk.name(partner), *(desk.number(n) for n in numbers.values())])
        data += [{"partner": partner, "what": what} | values(n) for what, n in numbers.items()]
    header = [_("Partner")]
    for horizon in (_("medium run"), _("long run")):
        header += [_("Sells to the region, {h}", h=horizon), _("Holds there, {h}", h=horizon)]
        header += [_("Leverage added, {h}", h=horizon)]
    structure = (
        _("In the medium run the minus of the others' holdings is how the closure is built, not a finding. ")
        if programme.displaced["fixed"].forced
        else ""
    )
    return Table(
        f"displacement_{programme.scenario}",
        _(
            "“{scenario}”: what it changes for each partner",
            scenario=_(programme.title),
        ),
        header,
        cells,
        pd.DataFrame(data),
        numeric=frozenset(range(1, len(header))),
        folded=not chosen,
        note=structure
        + _(BUILT if chosen else ON_TOP)
        + _(
            "Leverage added: points of real income that the most affected economy of the region would lose in addition without that partner once the programme is there."
        ),
    )


def each_table(desk: Desk, programme: Programme) -> Table:
    """The same programme run by each other partner: who would be displaced."""
    _ = desk.words._
    lead = desk.study.lead.id
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for runner in programme.by_each["fixed"]:
        line: list[Markup | str] = [desk.name(runner)]
        for wealth in WEALTH:
            table = programme.by_each[wealth][runner]
            assert table.fdi is not None
            for who in (runner, lead):
                number = _of_programme(
                    desk,
                    f"leverage/{programme.scenario}/by/{runner}/{who}/fdi/{wealth}",
                    N_("change of the stock held in the region"),
                    table.fdi[:, table.partners.index(who)],
                    programme.scenario,
                    wealth,
                )
                line.append(desk.number(number))
                data.append({"run_by": runner, "stock_of": who, "wealth": wealth} | values(number))
        cells.append(line)
    name = desk.name(lead)
    return Table(
        "displacement_by_each",
        _("The same programme run by another partner"),
        [
            _("Run by"),
            _("Its own stock, medium run"),
            _("{lead}'s stock, medium run", lead=name),
            _("Its own stock, long run"),
            _("{lead}'s stock, long run", lead=name),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({1, 2, 3, 4}),
        folded=True,
        note=_(
            "“{scenario}” with another owner. With wealth fixed every such programme displaces all others: structure. In the long run the sign is the model's.",
            scenario=_(programme.title),
        ),
    )


def added_table(desk: Desk, programme: Programme) -> Table:
    """Leverage added by economy and partner: the loss without the partner, with the programme minus without."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    partners = programme.displaced["fixed"].partners
    for wealth in WEALTH:
        for d, economy in enumerate(desk.study.about.region.economies):
            line: list[Markup | str] = [desk.name(economy), wealth_words(desk, wealth)]
            for p, partner in enumerate(partners):
                number = _of_programme(
                    desk,
                    f"leverage/{programme.scenario}/{economy}/{partner}/added/{wealth}",
                    N_("loss from losing the partner, with the programme minus without"),
                    programme.added[wealth][:, d, p],
                    programme.scenario,
                    wealth,
                )
                line.append(desk.number(number, interval=False))
                data.append({"economy": economy, "wealth": wealth, "partner": partner} | values(number))
            cells.append(line)
    return Table(
        f"added_{programme.scenario}",
        _("“{scenario}”: leverage that it adds, by economy", scenario=_(programme.title)),
        [_("Economy"), _("Horizon"), *(_("Without {partner}", partner=desk.name(p)) for p in partners)],
        cells,
        pd.DataFrame(data),
        numeric=frozenset(range(2, 2 + len(partners))),
        folded=True,
        note=_(
            "Points of real income that the economy would lose in addition (a minus: that it would lose less) without the partner, once the programme is there: trade, capital and remittances stop. Medians; intervals are in the data of the table."
        ),
    )


BUILT = N_(
    "Works are built whole, at full use; power, mining, digital and skills act by general assumptions; the money itself enters no other channel. In the long run what the region saves itself takes the place of others' holdings. "
)


ON_TOP = N_(
    "Against the rung below, whose measures are there already; the table on the partners compares with today. "
)


def _node(desk: Desk) -> None:
    """The path from the chosen programme to its files."""
    made = ["programme/projects", "programme/rules", "programme/parameters", "study/effects"]
    desk.numbers.node(
        "study/effects", "what projects do to network and economies", [], {"file": "effects.csv"}
    )
    desk.numbers.node(f"scenario/{CHOSEN}", TITLE, made)


def _of_programme(desk: Desk, key: str, label: str, drawn: Array, scenario: str, wealth: str) -> Number:
    return desk.numbers.drawn(
        key,
        label,
        drawn,
        "ratio_change",
        made_from=(f"scenario/{scenario}", f"closure/{wealth}", "base_year"),
        sources=("model",),
    )
