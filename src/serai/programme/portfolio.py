"""Which projects, when, and how much of them: the programme that brings most within the rules.

    choose(projects, rules, draws) -> Programme

The decision is the open amount of each project: money already spent or agreed by others is no part of it.
A mixed-integer programme (`model`, `constraints`) is solved by HiGHS to a stated gap; the gap and the bound
are always part of the result, and nothing is called optimal beyond them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from serai.atlas import Atlas
from serai.axes import Array
from serai.draws import Draws, Interval, interval
from serai.memo import Memo
from serai.programme.acts import as_scenario
from serai.programme.conflict import conflict
from serai.programme.constraints import build, spent
from serai.programme.model import Model, Places, lay_out
from serai.programme.prospect import PRIOR, Prospect, Sampled, sample
from serai.programme.rules import Rules, check_rules
from serai.programme.solver import Answer, solve
from serai.records.scenario import Scenario
from serai.shown import Shown
from serai.study import Study


@dataclass(frozen=True, slots=True)
class Pick:
    """One project of a programme.

    Parameters
    ----------
    share : of the open amount.
    amount_usd_m : share times the mean open amount.
    value_usd_m : net present benefit of that share from its start, valued at the first year of the window.
    mean_usd_m : its mean, which is what the objective counts.
    """

    project: Prospect
    start_year: int
    share: float
    amount_usd_m: float
    value_usd_m: Interval
    mean_usd_m: float


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Programme(Shown):
    """The projects chosen and how good the choice is known to be.

    Parameters
    ----------
    picks : in order of amount.
    answer : what the solver found; its gap and bound are in million USD of the objective.
    value_usd_m : net present benefit of the whole, shape (draws,).
    model : the model that was solved, for the prices of rules and for what-if questions.
    """

    picks: tuple[Pick, ...]
    rules: Rules
    answer: Answer
    value_usd_m: Array = field(repr=False)
    model: Model = field(repr=False)

    @property
    def amount_usd_m(self) -> float:
        """All open amounts taken."""
        return float(sum(pick.amount_usd_m for pick in self.picks))

    @property
    def value(self) -> Interval:
        return interval(self.value_usd_m)

    @property
    def mean_usd_m(self) -> float:
        """The mean net benefit: the objective, where no tail is mixed in."""
        return float(self.value_usd_m.mean())

    @property
    def quality(self) -> float:
        """Mean quality score, weighted by amount; NaN for an empty programme."""
        scores = [pick.project.score(self.rules.quality.counts) for pick in self.picks]
        weights = [pick.amount_usd_m for pick in self.picks]
        return float(np.average(scores, weights=weights)) if sum(weights) else float("nan")

    @property
    def certainty(self) -> str:
        """How far the solver vouches for the choice."""
        told = "within the tolerance" if self.answer.state == "solved" else "stopped by the time limit"
        return (
            f"{told}: gap {self.answer.gap:.2%} (tolerance {self.rules.solver.gap:.2%}), "
            f"no choice brings more than {self.answer.bound:,.0f} USD m"
        )

    def tidy(self) -> pd.DataFrame:
        """One row a project: start, share, amount, value with its range, label, basis."""
        return pd.DataFrame(
            [
                {
                    "project": pick.project.id,
                    "name": pick.project.name,
                    "countries": ";".join(pick.project.countries),
                    "area": pick.project.area,
                    "sector": pick.project.sector,
                    "instrument": pick.project.instrument,
                    "start_year": pick.start_year,
                    "share": pick.share,
                    "amount_usd_m": pick.amount_usd_m,
                    "mean_usd_m": pick.mean_usd_m,
                    "estimate": pick.value_usd_m.estimate,
                    "low": pick.value_usd_m.low,
                    "high": pick.value_usd_m.high,
                    "unit": "USD m, net present value",
                    "quality": pick.project.score(self.rules.quality.counts),
                    "label": pick.project.label,
                    "basis": pick.project.cost_basis,
                    "source": "projects.csv",
                }
                for pick in self.picks
            ],
            columns=PICK_COLUMNS,
        )

    def by(self, what: str) -> pd.DataFrame:
        """Number of projects, amount and share of it by `area`, `country`, `sector` or `instrument`.

        The amount of a project in several countries is split evenly between those of the region.
        """
        rows = [
            (part, pick.project.id, pick.amount_usd_m / len(parts))
            for pick in self.picks
            for parts in [pick.project.countries if what == "country" else (getattr(pick.project, what),)]
            for part in parts
        ]
        table = pd.DataFrame(rows, columns=[what, "projects", "amount_usd_m"])
        found = table.groupby(what, as_index=False).agg({"projects": "nunique", "amount_usd_m": "sum"})
        found = found.sort_values("amount_usd_m", ascending=False, ignore_index=True)
        total = found["amount_usd_m"].sum()
        return found.assign(share=found["amount_usd_m"] / total if total else 0.0)

    def spending(self) -> pd.DataFrame:
        """Million USD by year of the window and after it: year, amount_usd_m, budget_usd_m."""
        layout, levels = self.model.layout, self.answer.columns
        taken = levels[layout.level] * layout.of(layout.amounts) if levels.size else np.empty(0)
        years = list(self.rules.years)
        amounts = [float(taken @ spent(layout, year)) for year in years]
        budgets = self.rules.budget.yearly_usd_m or (np.nan,) * len(years)
        rows = [*zip(map(str, years), amounts, budgets, strict=True)]
        rows.append(("later", float(taken.sum()) - sum(amounts), np.nan))
        return pd.DataFrame(rows, columns=["year", "amount_usd_m", "budget_usd_m"])

    def as_scenario(self, study: Study, atlas: Atlas) -> Scenario:
        """What the chosen projects do to the network and to economies, built whole: see `acts`."""
        return as_scenario([pick.project for pick in self.picks], study, atlas)

    def left_out(self) -> pd.DataFrame:
        """Every project that was not chosen, and the plainest reason why."""
        chosen = {pick.project.id for pick in self.picks}
        layout = self.model.layout
        rows = [
            (project.id, project.name, _why_not(self, project, layout.amounts[place], layout.values[place]))
            for place, project in enumerate(layout.projects)
            if project.id not in chosen
        ]
        return pd.DataFrame(rows, columns=["project", "name", "why"])

    def summary(self) -> str:
        """The programme in a few lines."""
        value = self.value
        lines = [
            f"{len(self.picks)} of {len(self.model.layout.projects)} projects, "
            f"USD {self.amount_usd_m:,.0f} m of {self.rules.budget.total_usd_m:,.0f}; "
            f"net benefit {value.estimate:,.0f} USD m ({value.low:,.0f} to {value.high:,.0f}), "
            f"mean {self.mean_usd_m:,.0f}",
            f"  {self.certainty}",
        ]
        for what in ("area", "country", "instrument"):
            rows = self.by(what).itertuples(index=False)
            lines.append(f"  {what}: " + ", ".join(f"{row[0]} {row[3]:.0%} ({row[1]})" for row in rows))
        lines.append(f"  quality, weighted by amount: {self.quality:.3f} (the {self.rules.quality.counts})")
        priors = sum(pick.project.label == PRIOR for pick in self.picks)
        lines.append(f"  {priors} of them are {PRIOR}: nothing of theirs but the cost enters")
        return "\n".join(lines)

    def cite(self) -> str:
        """The method and the solver."""
        return "HiGHS (Huangfu and Hall 2018) through scipy.optimize.milp; Rockafellar and Uryasev (2000)"


PICK_COLUMNS = [
    "project", "name", "countries", "area", "sector", "instrument", "start_year", "share", "amount_usd_m",
    "mean_usd_m", "estimate", "low", "high", "unit", "quality", "label", "basis", "source",
]  # fmt: skip


def choose(projects: Sequence[Prospect], rules: Rules, draws: Draws) -> Programme:
    """Choose projects, start years and shares.

    Parameters
    ----------
    projects : candidates with their open amounts and net benefits.
    rules : what the programme must obey, and what it maximises.
    draws : of amounts and benefits; the model plans with the mean amount.

    Returns
    -------
    Programme, with the gap, the bound and the time it took.

    Raises
    ------
    InputError : rules that name nothing known or go in a circle, amounts below zero.
    RulesConflictError : no programme obeys all rules; it carries a smallest set in conflict.
    SolveError : nothing was found in the time allowed.

    Examples
    --------
    >>> from serai.programme import candidates, read_rules, screen, study_prospects
    >>> from serai.study import read_study
    >>> study = read_study()
    >>> rules, draws = read_rules(study), Draws(50, seed=1)
    >>> screening = screen(*candidates(study), draws=draws)
    >>> found = choose(study_prospects(study, rules, screening), rules, draws)
    >>> found.answer.gap <= rules.solver.gap
    True
    """
    check_rules(rules, projects)
    return choose_sampled(projects, rules, sample(projects, draws))


def choose_sampled(projects: Sequence[Prospect], rules: Rules, sampled: Sampled) -> Programme:
    """The same from draws at hand; the rules have been checked."""
    model = build(lay_out(projects, rules, sampled))
    found = answered(model, rules)
    if found is None:
        raise conflict(model, rules.solver.time_limit_s)
    return found


def answered(model: Model, rules: Rules) -> Programme | None:
    """The programme of a model; None when no choice obeys all its rows."""
    answer = solve(model, rules.solver.gap, rules.solver.time_limit_s)
    return None if answer.state == "infeasible" else programme(model, corrected(model, answer))


def corrected(model: Model, answer: Answer) -> Answer:
    """An answer with the true value of its interacting projects, where that is known."""
    error = 0.0 if answer.state == "infeasible" else _picture_error(model, answer.columns)
    if not error:
        return answer
    value, bound = answer.value + error, max(answer.bound, answer.value + error)
    return replace(answer, value=value, bound=bound, gap=(bound - value) / abs(value) if value else 0)


def started(model: Model, columns: Array) -> set[str]:
    """The projects of a choice."""
    layout = model.layout
    places = layout.project[columns[: layout.project.size] > 1 / 2]
    return {layout.projects[place].id for place in places}


def _picture_error(model: Model, columns: Array) -> float:
    picture = model.layout.picture
    return 0.0 if picture is None else picture.error(started(model, columns))


def otherwise(chosen: Programme, rules: Rules) -> Programme | None:
    """The programme of the same projects and draws under other rules; None when there is none."""
    layout = chosen.model.layout
    if rules == layout.rules:
        return chosen
    model = build(lay_out(layout.projects, rules, layout.sampled, layout.picture))
    answer = answer_near(chosen, model, rules)
    return None if answer.state == "infeasible" else programme(model, answer)


def answer_near(chosen: Programme, model: Model, rules: Rules) -> Answer:
    """The answer of a model made from a programme's own by other rules.

    The same question is asked once in this process: without its floor a programme is asked for by the price
    of the floor, and again by its frontier.
    """
    solver = rules.solver

    def ask() -> Answer:
        return corrected(model, solve(model, solver.gap, solver.time_limit_s))

    return _near.of(chosen, (model.fingerprint, solver.gap, solver.time_limit_s), ask)


_near = Memo[Answer]()


def programme(model: Model, answer: Answer) -> Programme:
    """An answer as the projects that it stands for."""
    layout = model.layout
    worth = benefit(model, answer.columns)
    starts = np.flatnonzero(answer.columns[: layout.project.size] > 1 / 2)
    credits = _credits(model, answer.columns, starts)
    picks = []
    for start in starts:
        place, share = layout.project[start], float(answer.columns[layout.level[start]])
        project = layout.projects[place]
        value = share * layout.later[start] * layout.sampled.value_usd_m[place] + credits.get(project.id, 0)
        amount = share * float(layout.amounts[place])
        picks.append(
            Pick(project, int(layout.year[start]), share, amount, interval(value), float(value.mean()))
        )
    picks.sort(key=lambda pick: -pick.amount_usd_m)
    return Programme(tuple(picks), layout.rules, answer, worth, model)


def _credits(model: Model, columns: Array, starts: Places) -> dict[str, float]:
    """What interaction adds to each project that interacts, so that the values of all picks add up.

    Of the set around which the picture is drawn its credits, of another set an even part; what starting later
    takes off is spread evenly.
    """
    layout = model.layout
    if layout.picture is None:
        return {}
    named = {layout.projects[layout.project[s]].id: s for s in starts}
    inside = [name for name in named if name in layout.picture.singles]
    if not inside:
        return {}
    own = sum(
        columns[layout.level[named[name]]] * layout.later[named[name]] * layout.alone[layout.places[name]]
        for name in inside
    )
    whole = sum(
        columns[layout.level[named[name]]] * layout.later[named[name]] * layout.values[layout.places[name]]
        for name in inside
    )
    pictured = slice(layout.columns, layout.columns + len(layout.picture.pairs) + 1)
    gained = float(whole - own + layout.picture.gains @ columns[pictured]) + _picture_error(model, columns)
    known = layout.picture.credits if layout.picture.around == set(inside) else {}
    left = (gained - sum(known.values())) / len(inside)
    return {name: known.get(name, 0) + left for name in inside}


def benefit(model: Model, columns: Array) -> Array:
    """Net present benefit of a choice in each draw, shape (draws,)."""
    layout = model.layout
    if not columns.size:
        return np.zeros(layout.drawn.shape[1])
    found = (columns[layout.level] * layout.later) @ layout.drawn[layout.project]
    if layout.picture is None:
        return np.asarray(found)
    gains = layout.picture.gains
    pictured = gains @ columns[layout.columns : layout.columns + gains.size]
    return np.asarray(found + pictured + _picture_error(model, columns))


def _why_not(chosen: Programme, project: Prospect, amount: float, value: float) -> str:
    rules = chosen.rules
    barred = {rule.project: rule.why for rule in rules.bar}
    if project.id in barred:
        return f"barred: {barred[project.id]}"
    if project.gates == "excluded" or (project.gates == "open" and rules.quality.open_gates == "bar"):
        return "a gate excludes it" if project.gates == "excluded" else "a gate is not answered"
    if not amount:
        return "nothing is open: its money is spent or agreed"
    if amount < rules.budget.least_usd_m:
        return "too little is open to decide about"
    if project.first_start > rules.years[-1] or project.last_start < rules.years[0]:
        return "cannot start within the window"
    least = rules.partial.least if rules.partial and project.cost_usd_m >= rules.partial.from_usd_m else 1
    if amount * least > rules.budget.total_usd_m:
        return "costs more than the whole budget"
    if project.overlap and any(pick.project.overlap == project.overlap for pick in chosen.picks):
        return f"contained in another choice ({project.overlap})"
    return "expected to bring less than it costs" if value < 0 else "others bring more within the rules"
