"""The answer in five sentences, each with its interval and the section that proves it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from serai.brief import measurements as m
from serai.brief.document import Desk
from serai.brief.numbers import Number
from serai.brief.sections.frictions import main_deciding
from serai.brief.sections.programme import sentence
from serai.brief.words import N_
from serai.leverage import lead_scenarios
from serai.programme.plan import Plan
from serai.records.scenario import Scenario


def verdict(desk: Desk) -> Markup:
    """One line above all others."""
    about = desk.study.about
    headline, wealth, top = about.settings.headline, about.settings.headline_wealth, desk.study.ladder()[-1]
    whole = m.gain(desk, headline, wealth, m.REGION)
    first = desk.prose(
        "“{scenario}” is worth {gain} a year to {region} in the {horizon}",
        scenario=desk.words._(desk.study.scenario(headline).title),
        gain=whole,
        region=desk.words._(about.region.name),
        horizon=horizon(desk, wealth),
    )
    if top == headline or headline not in desk.study.ladder():
        return first + desk.prose(".")
    return first + desk.prose(
        "; with all rungs up to “{top}” it is {all}.",
        top=desk.words._(desk.study.scenario(top).title),
        all=m.gain(desk, top, wealth, m.REGION),
    )


def horizon(desk: Desk, wealth: str) -> str:
    """The closure of wealth as a reader knows it."""
    return {"fixed": desk.words._("medium run"), "steady": desk.words._("long run")}[wealth]


def answer(desk: Desk, programme: Plan | None = None) -> Sequence[tuple[Markup, str]]:
    """Five sentences, each with the id of the figure or table that proves it.

    The programme is the second of them; a study without rules has the rung that adds most in its place.
    """
    return [
        (_worth(desk), "chart-economies"),
        sentence(desk, programme) or (_where(desk), "chart-ladder"),
        (_forms(desk), "table-feasibility"),
        (_investment(desk), _investment_proof(desk)),
        (_lead(desk), "table-facilitation" if lead_scenarios(desk.study) else "chart-partners"),
    ]


def _worth(desk: Desk) -> Markup:
    about = desk.study.about
    headline, wealth = about.settings.headline, about.settings.headline_wealth
    codes = sorted(
        about.region.economies, key=lambda code: -m.real_income(desk, headline, wealth, code).estimate
    )
    return desk.prose(
        "{scenario} raises the real income of {region} by {whole}: most in {first} ({a}), least in {last} ({b}).",
        scenario=desk.words._(desk.study.scenario(headline).title),
        region=desk.words._(about.region.name),
        whole=desk.plain(m.real_income(desk, headline, wealth, m.REGION)),
        first=desk.name(codes[0]),
        last=desk.name(codes[-1]),
        a=desk.plain(m.real_income(desk, headline, wealth, codes[0])),
        b=desk.plain(m.real_income(desk, headline, wealth, codes[-1])),
    )


def _where(desk: Desk) -> Markup:
    wealth = desk.study.about.settings.headline_wealth
    added = {name: m.step_gain(desk, name, wealth, m.REGION) for name in desk.study.ladder()}
    biggest = max(added, key=lambda name: added[name].estimate)
    first = next(iter(added))
    if biggest == first:
        return desk.prose(
            "Up the ladder, the first rung, “{first}”, adds most: {gain} a year.",
            first=desk.words._(desk.study.scenario(first).label),
            gain=added[first],
        )
    return desk.prose(
        "Up the ladder from “{first}” to “{last}”, “{biggest}” adds most, {gain} a year; “{first}” alone adds {small}.",
        biggest=desk.words._(desk.study.scenario(biggest).label),
        gain=added[biggest],
        first=desk.words._(desk.study.scenario(first).label),
        last=desk.words._(desk.study.scenario(desk.study.ladder()[-1]).label),
        small=added[first],
    )


def _forms(desk: Desk) -> Markup:
    headline = desk.study.scenario(desk.study.about.settings.headline)
    wealth = desk.study.about.settings.headline_wealth
    forms = [s for s in desk.study.scenarios if s.rung == headline.rung and s.variant_of is None]
    listed = desk.prose(", ").join(
        Markup("{} {}").format(
            desk.words._(form.label), desk.plain(m.real_income(desk, form.id, wealth, m.REGION))
        )
        for form in forms
    )
    if len(forms) == 1:
        return desk.prose(
            "In law: {why}", why=" ".join(desk.words._(measure.feasibility) for measure in forms[0].measure)
        )
    best = max(forms, key=lambda form: m.real_income(desk, form.id, wealth, m.REGION).estimate)
    guessed = desk.words._(", and its effect is assumed, not estimated") if assumed(best) else ""
    law = {
        "possible_now": desk.words._("it can be had today"),
        "needs_treaty": desk.words._("it needs a treaty"),
        "needs_accession": desk.words._("it needs accessions that are not in sight everywhere"),
        "conflicts": desk.words._("it conflicts with obligations in force"),
    }[best.legal]
    return desk.prose(
        "The legal form matters: {listed}. The largest is “{best}”, but {law}{guessed}.",
        listed=listed,
        best=desk.words._(best.label),
        law=law,
        guessed=guessed,
    )


def assumed(scenario: Scenario) -> bool:
    """Does a scenario rest on an effect of its own that is assumed?"""
    effects = [getattr(measure, "effect", None) for measure in scenario.measure]
    return any(
        effect is not None and effect.value is not None and effect.basis == "assumed" for effect in effects
    )


def _investment(desk: Desk) -> Markup:
    if not m.fdi_known(desk, "outside", m.REGION):
        return desk.prose(
            "Whether integration draws outside investment cannot be said: no direct investment in {region} is on record, and its capital is taken as immobile.",
            region=desk.words._(desk.study.about.region.name),
        )
    headline = desk.study.about.settings.headline
    fixed = m.fdi_change(desk, headline, "fixed", "outside", m.REGION)
    steady = m.fdi_change(desk, headline, "steady", "outside", m.REGION)
    decided = main_deciding(desk)
    if decided is not None and not _same_sign(fixed, steady):
        message = (
            N_(
                "Outside investment follows integration in the data: {decided} where a host's market is a tenth wider; the model alone does not decide ({fixed} in the medium run, {steady} in the long run)."
            )
            if decided.sign_known
            else N_(
                "That integration draws outside investment is not what the data show: where a host's market is a tenth wider, outsiders' stock differs by {decided}; the model alone does not decide ({fixed} in the medium run, {steady} in the long run)."
            )
        )
        return desk.prose(message, decided=decided, fixed=fixed, steady=steady)
    message = (
        N_(
            "Outsiders' investment in the region changes by {fixed} in the medium run and {steady} in the long run: the sign does not hang on the closure."
        )
        if _same_sign(fixed, steady)
        else N_(
            "Whether integration draws outside investment the model does not decide: {fixed} in the medium run, {steady} in the long run. An estimate has to."
        )
    )
    return desk.prose(message, fixed=fixed, steady=steady)


def _investment_proof(desk: Desk) -> str:
    """The figure or table behind the sentence on investment."""
    if not m.fdi_known(desk, "outside", m.REGION):
        return "table-missing"
    return "table-outside_investment" if main_deciding(desk) is None else "chart-deciding"


def _same_sign(a: Number, b: Number) -> bool:
    return a.sign_known and b.sign_known and (a.estimate > 0) == (b.estimate > 0)


def _lead(desk: Desk) -> Markup:
    headline, wealth = desk.study.about.settings.headline, desk.study.about.settings.headline_wealth
    lead = desk.study.lead.id
    gain = m.gain(desk, headline, wealth, lead)
    message = (
        N_("{lead} gains {gain} a year from the region's integration")
        if gain.sign_known
        else N_(
            "What {lead} itself gains from the region's integration cannot be told from zero ({gain} a year)"
        )
    )
    first = desk.prose(message, lead=desk.name(lead), gain=gain)
    own = lead_scenarios(desk.study)
    if not own:
        return first + desk.prose(".") + _broker(desk, lead)
    added = m.step_gain(desk, own[0], wealth, m.REGION)
    stock = m.fdi_change(desk, own[0], wealth, lead, m.REGION)
    message = (
        N_(
            "; its investment facilitation adds {added} a year for the region, at the effect that the data support."
        )
        if added.sign_known
        else N_(
            "; nor can what its investment facilitation adds for the region ({added}), at the effect that the data support: the stock it holds there changes by {stock} against today."
        )
        if not gain.sign_known
        else N_(
            "; what its investment facilitation adds for the region cannot be told from zero ({added}), at the effect that the data support: the stock it holds there changes by {stock} against today."
        )
    )
    guess = (
        desk.words._(" (and today's is imputed, not reported)")
        if m.base_fdi(desk, lead, m.REGION).basis == "imputed"
        else ""
    )
    return first + desk.prose(message, added=added, stock=stock, guess=guess) + _broker(desk, lead)


def _broker(desk: Desk, lead: str) -> Markup:
    """What it would take to be an intermediary, where the section on the broker says it."""
    needed, language = (
        desk.numbers.by_key.get(f"broker/{key}") for key in (f"{lead}/break_even", "language")
    )
    if needed is None or language is None:
        return Markup("")
    return Markup(" ") + desk.prose(
        "As a broker between regions it would have to add {needed} log points to their mutual investment (0.69 is a doubling) before anything changed; a common language goes with {language}.",
        needed=needed,
        language=language,
    )
