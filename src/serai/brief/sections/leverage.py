"""Section 4, second half: who depends on whom, what the lead's programme changes, who is where."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.axes import Array
from serai.brief.charts import heat
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.sections.displacement import added_table, each_table, programme_table
from serai.brief.sections.ladder import values
from serai.brief.sections.missing import immobile
from serai.brief.sections.overlap import gaps_table, named_table, overlap_table
from serai.brief.sections.passage import passage_chart
from serai.brief.sections.sectors import sectors_reported
from serai.brief.words import N_
from serai.leverage import Leverage, brief_draws, study_leverage
from serai.leverage.study import partner_codes
from serai.programme.acts import ID as CHOSEN
from serai.scenario.measures import PERCENT

SHOWN = 10
BASE = ("base_year", "atlas/transfers")
TIES = {
    "exports": N_("Exports"),
    "imports": N_("Imports"),
    "fdi": N_("Investment"),
    "remittances": N_("Remittances"),
}
UNKNOWN = ("capital", "fdi", "remittances")  # of an economy whose investment nobody reports


def leverage_section(desk: Desk, found: Leverage | None = None) -> Section:
    """Dependence on each partner, concentration, the programme's leverage and displacement, overlap, gaps.

    `found` may have been computed elsewhere, from as many draws as `brief_draws` says.
    """
    _ = desk.words._
    if found is None:
        found = study_leverage(desk.study, desk.atlas, brief_draws(desk.results.draws))
    desk.numbers.node("study/presence", "who is in which project", [], {"file": "presence.csv"})
    table = found.drawn.loss["together"]
    where = np.unravel_index(int(np.nanmedian(table, axis=0).argmax()), table.shape[1:])
    economy, partner = found.drawn.dependants.names[where[0]], found.drawn.partners.names[where[1]]
    lead = desk.study.lead.id
    most = max(found.drawn.dependants, key=lambda code: _middle(found, code, lead))
    finding = desk.prose(
        "{economy} would lose most without {partner}: {loss} of its real income, were trade, capital and remittances cut; no economy of the region would lose more than {small} ({most}) without {lead}.",
        economy=desk.name(economy),
        partner=desk.name(partner),
        loss=loss(desk, found, economy, partner),
        small=loss(desk, found, most, lead),
        most=desk.name(most),
        lead=desk.name(lead),
    )
    ways = passage_chart(desk, found)
    parts: list[Chart | Table | Markup] = [
        dependence_chart(desk, found),
        channel_table(desk, found),
        *([] if ways is None else [ways]),
        concentration_table(desk, found),
    ]
    if found.raw is not None:
        parts.append(raw_table(desk, found))
    for programme in found.programmes:
        parts.append(programme_table(desk, programme))
        if programme.scenario == CHOSEN:
            parts.append(added_table(desk, programme))
    if found.programmes and found.programmes[-1].by_each["fixed"]:
        parts.append(each_table(desk, found.programmes[-1]))
    if found.overlap:
        parts += [overlap_table(desk, found), named_table(desk, found)]
    parts.append(gaps_table(desk, found))
    return Section("leverage", _("Leverage"), _("Leverage: who depends on whom"), finding, parts)


def _middle(found: Leverage, economy: str, partner: str) -> float:
    return float(np.nanmedian(found.drawn.of("together", economy, partner)))


def loss(desk: Desk, found: Leverage, economy: str, partner: str) -> Number:
    """What an economy loses without a partner: everything cut, medium run, with draws."""
    return desk.numbers.drawn(
        f"leverage/{economy}/{partner}/loss",
        N_("loss of real income when trade, capital and remittances with a partner stop"),
        found.drawn.of("together", economy, partner),
        "ratio",
        made_from=("closure/fixed", *BASE),
        sources=("model",),
    )


def exact(desk: Desk, found: Leverage, wealth: str, channel: str, economy: str, partner: str) -> Number:
    """One channel in the central world; a loss is positive."""
    return desk.numbers.add(
        Number(
            f"leverage/{economy}/{partner}/{channel}/{wealth}",
            N_("loss of real income when this tie with a partner stops, central values"),
            float(found.exact[wealth].of(channel, economy, partner)),
            "ratio",
            "computed",
            sources=("model",),
            made_from=(f"closure/{wealth}", *BASE),
        )
    )


def dependence_chart(desk: Desk, found: Leverage) -> Chart:
    """A grid of losses: economies of the region by partners."""
    _ = desk.words._
    economies, partners = found.drawn.dependants.names, found.drawn.partners.names
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    for partner in partners:
        line: list[Markup | str] = [desk.name(partner)]
        for economy in economies:
            number = loss(desk, found, economy, partner)
            shown = number.estimate * PERCENT
            rows.append(
                {
                    "row": desk.name(economy),
                    "column": desk.name(partner),
                    "value": max(shown, 0),
                    "text": desk.words.figure(shown, 1 if abs(shown) >= 1 else 2, signed=False),
                    "economy": economy,
                    "partner": partner,
                }
                | values(number)
            )
            line.append(desk.number(number))
        cells.append(line)
    data = pd.DataFrame(rows)
    picture = desk.draw(
        heat(
            data,
            rows=[desk.name(e) for e in economies],
            columns=[desk.name(p) for p in partners],
            title=_("Loss, % of real income"),
        )
    )
    place = int(data["value"].astype(float).to_numpy().argmax())
    top, unknown = rows[place], immobile(desk)
    lacking = [
        _(
            "Investment and remittances of {names} are not known: what they would lose of them is not in it.",
            names=desk.words.listing([desk.name(code) for code in unknown]),
        )
    ]
    table = Table(
        "dependence",
        _("Loss of real income without each partner"),
        [_("Without"), *(desk.name(e) for e in economies)],
        cells,
        data.drop(columns=["row", "column", "value", "text"]),
        numeric=frozenset(range(1, len(economies) + 1)),
    )
    return Chart(
        "dependence",
        desk.prose(
            "{economy} depends most on {partner}: {loss} of real income",
            economy=str(top["row"]),
            partner=str(top["column"]),
            loss=loss(desk, found, str(top["economy"]), str(top["partner"])),
        ),
        _(
            "Loss of real income when trade, capital and remittances with a partner stop, medium run, %; median of the draws"
        ),
        _("Source: serai, computed from the sources listed at the end."),
        picture.wide,
        picture.narrow,
        _("Grid of losses, economies by partners"),
        table,
        " ".join(
            [
                _(
                    "Every pair is solved exactly. A loss of absorption: remittances that stop are spending that is no longer there. Who pays remittances is reported for the largest payers only; the rest is spread by GDP. Transit through a partner is not in it: see whose land goods cross, below."
                ),
                *(lacking if unknown else []),
            ]
        ),
    )


def channel_table(desk: Desk, found: Leverage) -> Table:
    """The two largest dependences of each economy: through what, in which horizon, and what the other loses."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    exposure, unknown = found.exact["fixed"].exposure, immobile(desk)
    for economy in found.drawn.dependants:
        order = sorted(found.drawn.partners, key=lambda p: -_middle(found, economy, p))
        for partner in order[:2]:
            d, p = found.drawn.dependants.index(economy), found.drawn.partners.index(partner)
            hidden = UNKNOWN if economy in unknown else ()
            numbers: dict[str, Number | None] = {
                "all_medium": loss(desk, found, economy, partner),
                "all_long": exact(desk, found, "steady", "together", economy, partner),
                **{
                    c: None if c in hidden else exact(desk, found, "fixed", c, economy, partner)
                    for c in ("trade", "capital", "remittances")
                },
            }
            numbers["partner"] = desk.numbers.drawn(
                f"leverage/{economy}/{partner}/partner_loss",
                N_("what the partner itself would lose"),
                found.drawn.partner_loss["together"][:, d, p],
                "ratio",
                made_from=("closure/fixed", *BASE),
                sources=("model",),
            )
            if exposure is not None:
                numbers["exposure"] = desk.numbers.add(
                    Number(
                        f"leverage/{economy}/{partner}/exposure",
                        N_(
                            "percent of real income for one percent of the partner's productivity, first order"
                        ),
                        float(exposure[d, p]),
                        "plain",
                        "computed",
                        sources=("model",),
                        made_from=BASE,
                    )
                )
            shown = (_("not known") if number is None else desk.number(number) for number in numbers.values())
            cells.append([desk.name(economy), desk.name(partner), *shown])
            data += [
                {"economy": economy, "partner": partner, "what": what} | values(number)
                for what, number in numbers.items()
                if number is not None
            ]
    header = [_("Economy"), _("Without"), _("All, medium run"), _("All, long run"), _("Trade alone")]
    header += [_("Capital alone"), _("Remittances alone")]
    header += [_("The partner's own loss")]
    header += [] if exposure is None else [_("First order, % for 1 %")]
    return Table(
        "dependence_channels",
        _("Through what each economy depends on its two closest partners"),
        header,
        cells,
        pd.DataFrame(data),
        numeric=frozenset(range(2, len(header))),
        note=_(
            "A minus is a gain. Capital alone does little in the medium run: what one partner withdraws, others replace at a slightly higher return; the jobs and know-how that leave with it are not in the model. In the long run the closure itself raises income where capital leaves; read trade and remittances, not capital, from these columns."
        ),
    )


def concentration_table(desk: Desk, found: Leverage) -> Table:
    """Hirschman's index of each economy's partners, with the largest."""
    _ = desk.words._
    by = {(row.economy, row.tie): row for row in found.concentration}
    unknown = immobile(desk)
    cells: list[list[Markup | str]] = []
    for economy in found.drawn.dependants:
        line: list[Markup | str] = [desk.name(economy)]
        for tie in TIES:
            row = by.get((economy, tie))
            if row is None:
                line.append(_("not known") if tie in UNKNOWN and economy in unknown else _("none"))
                continue
            number = desk.numbers.add(
                Number(
                    f"leverage/{economy}/concentration/{tie}",
                    N_("Hirschman's index of concentration, 0 to 1"),
                    row.index,
                    "score",
                    "corrected",
                    made_from=BASE,
                )
            )
            share = desk.words.figure(PERCENT * row.first_share, 0, signed=False)
            shown = desk.prose(
                "{index} ({first} {share} %)", index=number, first=desk.name(row.first), share=share
            )
            line.append(shown.replace(" %)", "\u00a0%)"))
        cells.append(line)
    return Table(
        "concentration",
        _("How concentrated the partners are"),
        [_("Economy"), *(_(title) for title in TIES.values())],
        cells,
        pd.DataFrame([{f: getattr(row, f) for f in row.__dataclass_fields__} for row in found.concentration]),
        numeric=frozenset(range(1, len(TIES) + 1)),
        note=_(
            "Hirschman's index: 1 is a single partner, 0.5 the same as four equal ones; in brackets the largest. A partner of several economies ({several}) counts as one; the rest of the world is left out.",
            several=desk.words.listing(_of_several(desk)) or _("none"),
        ),
    )


def raw_table(desk: Desk, found: Leverage) -> Table:
    """The largest losses from ending trade in energy and minerals, pair by pair."""
    _ = desk.words._
    raw = found.raw
    assert raw is not None
    shown = sectors_reported(desk, list(raw.dependants))
    pairs = [(d, p) for d in range(len(raw.dependants)) for p in range(len(raw.partners))]
    pairs.sort(key=lambda pair: -float(np.median(raw.loss[:, pair[0], pair[1]])))
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    for d, p in pairs[:SHOWN]:
        economy, partner = raw.dependants.names[d], raw.partners.names[p]
        own, other = (
            _over_sets(desk, f"leverage/{economy}/{partner}/raw/{who}", table[:, d, p])
            for who, table in (("own", raw.loss), ("partner", raw.partner_loss))
        )
        share = desk.numbers.add(
            Number(
                f"leverage/{economy}/{partner}/raw/sales_share",
                N_("share of the economy's sales of energy and minerals abroad"),
                float(raw.sales_share[d, p]),
                "ratio",
                "reported" if economy in shown else "imputed",
                sources=("icio",),
                made_from=("atlas/sector_trade",),
            )
        )
        cells.append([desk.name(economy), desk.name(partner), *(desk.number(n) for n in (share, own, other))])
        data.append(
            {
                "economy": economy,
                "partner": partner,
                "sales_usd_m": raw.sales[d, p],
                "purchases_usd_m": raw.purchases[d, p],
                "loss": own.estimate,
                "loss_low": own.low,
                "loss_high": own.high,
                "partner_loss": other.estimate,
                "unit": "share of real income",
                "basis": "computed",
            }
        )
    return Table(
        "dependence_raw",
        _("Energy and minerals: the pairs that would lose most"),
        [
            _("Economy"),
            _("Without trade with"),
            _("Of its sales abroad"),
            _("It loses"),
            _("The other loses"),
        ],
        cells,
        pd.DataFrame(data),
        numeric=frozenset({2, 3, 4}),
        note=_(
            "Coal, oil, gas, ores and minerals stop both ways; lowest and highest of the published sets of elasticities. Of the region the sectoral source has {shown}; the others are imputed. Pipelines that cannot be turned would make the loss larger.",
            shown=desk.words.listing([desk.name(code) for code in shown]) or _("none"),
        ),
    )


def _of_several(desk: Desk) -> list[str]:
    """Partners that are more than one economy."""
    known = partner_codes(desk.study, desk.atlas)
    return [desk.name(partner) for partner, codes in known.items() if len(codes) > 1]


def _over_sets(desk: Desk, key: str, found: Array) -> Number:
    low, middle, high = (float(f(found)) for f in (np.min, np.median, np.max))
    label = N_("loss of real income without trade in energy and minerals")
    rests = ("atlas/sector_trade", "atlas/sector_inputs", "atlas/sectors", "model")
    return desk.numbers.add(
        Number(key, label, middle, "ratio", "computed", low, high, ("icio", "model"), rests)
    )
