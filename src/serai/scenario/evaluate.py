"""All scenarios of a study through the equilibrium, for all draws and both closures of wealth.

Work is cut by draws. Each piece reads its own draws of the world and of the parameters, so the numbers do
not depend on the number of workers or the size of the pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serai import html
from serai.atlas import Atlas, World, reconcile
from serai.axes import Array, Axis
from serai.convergence import convergence
from serai.corridors.network import Network
from serai.draws import Draws, Uncertain, interval
from serai.equilibrium import Baseline, Equilibrium, Status, solve_draws
from serai.equilibrium.trade_capital import Wealth
from serai.errors import Problem, Problems, SolveError, suggestion
from serai.executors import Executor, Serial
from serai.records.scenario import Effect
from serai.scenario.borders import OUTSIDE
from serai.scenario.context import Context, Inputs, Names
from serai.scenario.freight import beyond, goods_share, study_network, study_transport
from serai.scenario.frictions import Frictions, estimate_frictions
from serai.scenario.measures import PERCENT, TERMINAL, OnEdges, shock, touched
from serai.scenario.transport import Transport, Way
from serai.study import Study

DRAWN = ("absorption", "gdp", "base_trade", "base_fdi")
WEALTH: tuple[Wealth, ...] = ("fixed", "steady")
MOST_FAILED = 20  # one draw in so many
SIDE_BY_SIDE = 25  # draws solved in one stack of matrices: the quickest here
PIECE = 100  # draws a piece: few enough for memory and a smooth progress bar


@dataclass(frozen=True)
class Outcome:
    """What one scenario does under one closure of wealth.

    Attributes
    ----------
    real_income, real_gdp, real_gni : (draws, N), changes as ratios minus one.
    trade, fdi : (draws, G, G), flows and stocks between groups, million USD.
    status : (draws,), 0 where the solve converged.
    residual : (draws,), the largest relative residual.
    """

    real_income: Array
    real_gdp: Array
    real_gni: Array
    trade: Array
    fdi: Array
    status: NDArray[np.int64]
    residual: Array

    def _repr_html_(self) -> str:
        solved = int((self.status <= Status.CONVERGED_BY_TATONNEMENT).sum())
        row = [self.status.size, solved, float(np.nanmax(self.residual)), self.real_income.shape[1]]
        return html.table(
            ["draws", "solved", "largest residual", "economies"], [row], "one scenario, one closure"
        )


@dataclass(frozen=True)
class Evaluation:
    """All outcomes of a study.

    Attributes
    ----------
    economies : the N economies. groups : the G groups (economies of the region, partners, `rest`).
    absorption, gdp : (draws, N), million USD of the base year.
    base_trade, base_fdi : (draws, G, G).
    outcomes : (scenario, wealth) -> Outcome.
    inputs : name -> (draws,), the drawn inputs, for variance shares.
    rows : name -> the row each input was drawn from.
    frictions : the study's own estimates.
    sums : (G, N), 1 where an economy belongs to a group.
    transport : the network and its routes.
    """

    economies: Axis
    groups: Axis
    absorption: Array
    gdp: Array
    base_trade: Array
    base_fdi: Array
    outcomes: Mapping[tuple[str, str], Outcome]
    inputs: Mapping[str, Array]
    rows: Mapping[str, Uncertain]
    draws: Draws
    frictions: Frictions
    sums: Array
    transport: Transport | None = None

    def members(self, group: str) -> list[str]:
        """The economies of a group."""
        return [self.economies.names[n] for n in np.flatnonzero(self.sums[self.groups.index(group)])]

    def _median(self, found: Outcome) -> float:
        """The median change of real income of all economies together, percent."""
        gain = (found.real_income * self.absorption).sum(axis=1) / self.absorption.sum(axis=1)
        return float(np.nanmedian(gain) * PERCENT)

    def _repr_html_(self) -> str:
        rows = [
            [
                scenario,
                wealth,
                int((found.status <= Status.CONVERGED_BY_TATONNEMENT).sum()),
                self._median(found),
            ]
            for (scenario, wealth), found in self.outcomes.items()
        ]
        head = ["scenario", "wealth", "draws solved", "real income of the world, median %"]
        return html.table(head, rows, f"{self.draws.count} draws, seed {self.draws.seed}")


@dataclass(frozen=True)
class Job:
    """What a worker needs: the study, the atlas, and what is the same in all draws."""

    study: Study
    atlas: Atlas
    draws: Draws
    names: Names
    transport: Transport
    groups: Axis
    sums: Array
    scenarios: tuple[str, ...]
    parameters: Mapping[str, Uncertain]
    goods_share: Array
    frictions: Frictions
    in_force: Mapping[str, Array]


def evaluate(
    study: Study,
    atlas: Atlas,
    draws: Draws,
    *,
    scenarios: Sequence[str] | None = None,
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Solve every scenario for every draw under both closures.

    Parameters
    ----------
    study, atlas : validated inputs.
    draws : how many and from which seed.
    scenarios : ids; all by default.
    executor : where to run; in this process by default.
    progress : called with the number of draws done since the last call.
    """
    job = prepare(study, atlas, draws, scenarios)
    pieces = [slice(a, min(a + PIECE, draws.count)) for a in range(0, draws.count, PIECE)]
    whole: Evaluation | None = None
    for piece, part in zip(pieces, (executor or Serial()).map(partial(_piece, job), pieces), strict=True):
        whole = _room_for(part, draws.count) if whole is None else whole
        _fill(whole, part, piece)
        progress(piece.stop - piece.start)
    assert whole is not None
    return replace(whole, transport=job.transport)


def prepare(
    study: Study,
    atlas: Atlas,
    draws: Draws,
    scenarios: Sequence[str] | None = None,
    transport: Transport | None = None,
) -> Job:
    """Check a study against an atlas and lay out what all draws share; routes are found if not given."""
    names = study_names(study, atlas)
    groups, sums = group_sums(study, names)
    chosen = tuple(s.id for s in study.scenarios if scenarios is None or s.id in scenarios)
    own = {name: effect.uncertain(name) for name, effect in study.about.assumptions.items()}
    in_force = {agreement: _in_force(study, atlas, names, agreement) for agreement in study.about.depth}
    return Job(
        study,
        atlas,
        draws,
        names,
        transport or study_transport(study, atlas),
        groups,
        sums,
        chosen,
        {**parameters(atlas), **own},
        goods_share(atlas),
        estimate_frictions(study, atlas),
        in_force,
    )


def parameters(atlas: Atlas) -> dict[str, Uncertain]:
    """Every parameter of the atlas by name."""
    return {name: atlas.parameter(name) for name in atlas.table("parameters")["parameter"]}


def study_names(study: Study, atlas: Atlas) -> Names:
    """The words that a study may use for sets of economies."""
    economies = atlas.economies
    region = study.about.region.economies
    groups: dict[str, tuple[str, ...]] = {name: atlas.group(name) for name in GROUPS}
    groups |= study.about.groups
    groups["region"] = region
    groups["world"] = tuple(economies)
    groups["outside_region"] = tuple(code for code in economies if code not in region)
    return Names(economies, groups)


def group_sums(study: Study, names: Names) -> tuple[Axis, Array]:
    """The groups that results are shown for, and the (G, N) matrix that adds economies up to them."""
    region = study.about.region.economies
    members = {code: [code] for code in region}
    members |= {partner.id: names.codes(partner.economies) for partner in study.about.partner}
    placed = {code for codes in members.values() for code in codes}
    members["rest"] = [code for code in names.economies if code not in placed]
    sums = np.zeros((len(members), len(names.economies)))
    for row, codes in enumerate(members.values()):
        sums[row, names.economies.indices(codes)] = 1
    return Axis("group", tuple(members)), sums


def baseline(world: World, inputs: Inputs) -> Baseline:
    """The base-year world with drawn elasticities."""
    return Baseline.from_flows(
        world.trade,
        world.economies.names,
        trade_elasticity=inputs.sample("trade_elasticity"),
        capital_elasticity=inputs.sample("capital_elasticity"),
        capital_share=world.capital_share,
        value_added_share=world.value_added_share,
        holdings=world.holdings,
    )


def central_baseline(world: World, atlas: Atlas) -> Baseline:
    """The base-year world with the elasticities of the atlas at their values."""
    return Baseline.from_flows(
        world.trade,
        world.economies.names,
        trade_elasticity=atlas.parameter("trade_elasticity").value,
        capital_elasticity=atlas.parameter("capital_elasticity").value,
        capital_share=world.capital_share,
        value_added_share=world.value_added_share,
        holdings=world.holdings,
    )


def context(job: Job, draws: Draws, world: World) -> Context:
    """What the measures see, for one piece of the draws."""
    inputs = Inputs(draws, job.parameters, job.frictions)
    inputs.used.update(world.inputs)
    members = {name: _members(job.atlas, job.names, name) for name in ("wto_members",)}
    size = len(job.names.economies)
    depth = np.zeros((draws.count, size, size))
    for agreement, assumption in job.study.about.depth.items():
        depth = np.maximum(depth, inputs.sample(assumption)[:, None, None] * job.in_force[agreement])
    region = job.study.about.region.economies
    away = beyond(job.transport.network, region)
    return Context(job.names, job.goods_share, _way(job, draws, inputs), away, depth, members, inputs)


def _way(job: Job, draws: Draws, inputs: Inputs) -> Way:
    """Routes of the base with drawn hours, values and elasticities."""
    network = job.transport.network
    hours = network.drawn_hours(draws)
    if not network.graph.edges:  # nothing on the way: nothing of it is drawn, and nothing explains variance
        one = np.ones(draws.count)
        return Way.of(
            job.transport, hours, eta=one, values=np.ones((draws.count, len(job.transport.values))), day=one
        )
    border = network.kind == "border"
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.log(hours[:, border] / network.hours[border])
    inputs.used["border_hours"] = np.nanmean(moved, axis=1)  # for variance shares: all crossings together
    per_day = job.parameters["value_of_day_pct"].value
    return Way.of(
        job.transport,
        hours,
        eta=inputs.sample("routing_elasticity"),
        values=np.stack([inputs.sample(value.name, value) for value in job.transport.values], axis=1),
        day=inputs.sample("value_of_day_pct") / per_day,
        alike=inputs.sample("route_dissimilarity"),
        fees=inputs.sample("border_fees"),
    )


def refuse_unsolved(results: Evaluation) -> None:
    """Raise `SolveError` when a scenario has no answer in more than one draw in twenty.

    Fewer failed draws are left out of the intervals and counted in the manifest.
    """
    for (scenario, wealth), outcome in results.outcomes.items():
        failed = outcome.status > Status.CONVERGED_BY_TATONNEMENT
        if failed.sum() * MOST_FAILED > failed.size:
            status = Status(int(np.bincount(outcome.status[failed]).argmax()))
            count = f"{failed.sum()} of {failed.size} draws have no answer"
            where = f"scenario {scenario}, wealth {wealth}: {count}"
            raise SolveError(status.text, status.remedy, where)


def check_names(study: Study, atlas: Atlas) -> None:
    """Every code, group, parameter and agreement that a study names exists; else `InputError` with all."""
    names = study_names(study, atlas)
    own = study.about.assumptions
    rows = parameters(atlas)
    network = study_network(study, atlas)
    problems = Problems()
    for scenario in study.scenarios:
        for number, measure in enumerate(scenario.measure, start=1):
            where = f"scenarios: {scenario.id}"
            for field, value in measure:
                place = f"measure.{number}.{field}"
                if isinstance(value, Effect) and value.parameter not in (None, *rows, *own):
                    remedy = suggestion(str(value.parameter), [*rows, *own])
                    problems.add(
                        "there is no such parameter", remedy, file=where, field=place, value=value.parameter
                    )
                if field in SETS:
                    problems.extend(_unknown(names, value, where, place))
                if field in ON_NETWORK and value:
                    problems.extend(_not_there(network, field, value, where, place))
    for name, words in (("region.economies", study.about.region.economies), *study.about.groups.items()):
        problems.extend(_unknown(names, words, "study.toml", name))
    for partner in study.about.partner:
        problems.extend(_unknown(names, partner.economies, "study.toml", f"partner {partner.id}.economies"))
    problems.extend(_shared(names, study))
    known = [ANY, *dict.fromkeys(atlas.table("agreements")["agreement"])]
    places = [(f"depth.{name}", name) for name in study.about.depth]
    places += [("settings.agreements_off", name) for name in study.about.settings.agreements_off]
    for place, agreement in places:
        if agreement not in known:
            remedy = suggestion(agreement, known)
            problems.add(
                "there is no such agreement", remedy, file="study.toml", field=place, value=agreement
            )
    problems.raise_if_any()
    problems.extend(_idle(study, names, network))
    problems.raise_if_any()


def _idle(study: Study, names: Names, network: Network) -> Iterator[Problem]:
    """Measures that would change nothing: no edge of the network is what they are about."""
    away = beyond(network, study.about.region.economies)
    for scenario in study.scenarios:
        for number, measure in enumerate(scenario.measure, start=1):
            if isinstance(measure, OnEdges) and not touched(measure, network, names, away).any():
                yield Problem(
                    "the measure acts on nothing: no border, terminal, gauge change or quay is there",
                    "Name economies that share a crossing, or places that have one (`serai links`).",
                    f"scenarios: {scenario.id}",
                    None,
                    f"measure.{number}",
                    measure.kind,
                )


def _shared(names: Names, study: Study) -> list[Problem]:
    """Economies of two partners, or of the region and a partner: their flows would count twice."""
    owner: dict[str, str] = dict.fromkeys(study.about.region.economies, "the region")
    found: list[Problem] = []
    for partner in study.about.partner:
        if any(word not in names.groups and word not in names.economies for word in partner.economies):
            continue
        for code in names.codes(partner.economies):
            if code in owner:
                reason = f"{code} belongs to {owner[code]} and to partner {partner.id}"
                remedy = "Leave it in one of them: its flows would count twice."
                found.append(Problem(reason, remedy, "study.toml", None, f"partner {partner.id}.economies"))
            owner[code] = f"partner {partner.id}"
    return found


GROUPS = ("central_asia", "eu27", "asean", "conduit")
ANY = "any"
SETS = ("between", "also", "members", "partners", "hosts", "owners", "economies")
ON_NETWORK = ("crossings", "places", "opens", "faster")


def _unknown(names: Names, words: Iterable[str], file: str, field: str) -> list[Problem]:
    known = [*names.groups, *names.economies, OUTSIDE]
    reason = "there is no such economy or group"
    return [Problem(reason, suggestion(w, known), file, None, field, w) for w in words if w not in known]


def _not_there(network: Network, field: str, words: Iterable[str], file: str, place: str) -> list[Problem]:
    kind, known = {
        "crossings": (
            "crossing",
            {*network.crossings, *(name.split("/")[0] for name in network.crossings)},
        ),
        "places": ("place with a terminal", set(network.place[np.isin(network.kind, TERMINAL)].tolist())),
    }.get(field, ("link or project", {*network.links, *network.projects.tolist()} - {""}))
    reason = f"there is no such {kind} on the network"
    return [
        Problem(reason, suggestion(w, sorted(known)), file, None, place, w) for w in words if w not in known
    ]


ERRORS = ("low_error", "estimate_error", "high_error")


def tidy(results: Evaluation, study: Study) -> pd.DataFrame:
    """One row for each scenario, closure, economy and measure: 5th, 50th and 95th percentile, in percent.

    The last columns are the standard errors of the three from the number of draws.
    """
    rows: list[dict[str, object]] = []
    shown = {*study.about.region.economies, *(c for p in study.about.partner for c in p.economies)}
    for (scenario, wealth), outcome in results.outcomes.items():
        for n, economy in enumerate(results.economies):
            if economy not in shown:
                continue
            for what in ("real_income", "real_gdp", "real_gni"):
                found = convergence(getattr(outcome, what)[:, n] * PERCENT)
                rows.append(
                    {
                        "scenario": scenario,
                        "wealth": wealth,
                        "economy": economy,
                        "measure": what,
                        "low": found.low,
                        "estimate": found.estimate,
                        "high": found.high,
                        **dict(zip(ERRORS, found.errors, strict=True)),
                        "unit": "percent",
                        "basis": "computed",
                    }
                )
    return pd.DataFrame(rows)


def _in_force(study: Study, atlas: Atlas, names: Names, agreement: str) -> Array:
    """(N, N), 1 where the pair shares the agreement; `any` stands for every one that is in force."""
    if agreement == ANY:
        off = dict.fromkeys(study.about.settings.agreements_off, False)
        return atlas.agreements(off).astype(float)
    member = _members(atlas, names, agreement)
    return np.outer(member, member)


def _members(atlas: Atlas, names: Names, agreement: str) -> Array:
    member = np.zeros(len(names.economies))
    member[names.economies.indices(atlas.group(agreement))] = 1
    return member


def overview(results: Evaluation, study: Study) -> pd.DataFrame:
    """Real income of the region, its economies and the partners: a row each, medium and long run, as text."""
    groups = {"the region": list(study.about.region.economies)}
    groups |= {code: [code] for code in study.about.region.economies}
    for name in results.groups:
        if name not in groups and name != "rest":
            groups[name] = results.members(name)
    rows: list[dict[str, object]] = []
    for scenario in dict.fromkeys(name for name, _ in results.outcomes):
        for who, codes in groups.items():
            row: dict[str, object] = {"scenario": scenario, "who": who}
            for wealth, words in zip(WEALTH, ("medium run", "long run"), strict=True):
                member = results.economies.indices(codes)
                weights = results.absorption[:, member]
                change = results.outcomes[scenario, wealth].real_income[:, member]
                found = interval(PERCENT * (change * weights).sum(axis=1) / weights.sum(axis=1))
                row[words] = f"{found.estimate:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
            rows.append(row)
    return pd.DataFrame(rows)


def _piece(job: Job, piece: slice) -> Evaluation:
    part = job.draws.part(piece.start, piece.stop)
    world = reconcile(job.atlas, part)
    seen = context(job, part, world)
    base = baseline(world, seen.inputs)
    outcomes: dict[tuple[str, str], Outcome] = {}
    for name in job.scenarios:
        change = shock(job.study.measures(name), seen)
        for wealth in WEALTH:
            solved = solve_draws(
                base,
                change,
                wealth=wealth,
                deficits=job.study.about.settings.deficits,
                reduce=partial(_reduce, job.sums),
                threads=1,
                chunk=SIDE_BY_SIDE,
            )
            outcomes[name, wealth] = Outcome(**solved.values, status=solved.status, residual=solved.residual)
    return Evaluation(
        economies=job.names.economies,
        groups=job.groups,
        absorption=_per_draw(base.expenditure - (1 - base.value_added_share) * base.output, seen),
        gdp=_per_draw(world.gdp, seen),
        base_trade=_grouped(_per_draw(base.trade, seen), job.sums),
        base_fdi=_grouped(_per_draw(world.holdings, seen), job.sums),
        outcomes=outcomes,
        inputs=dict(seen.inputs.used),
        rows=dict(seen.inputs.rows),
        draws=job.draws,
        frictions=job.frictions,
        sums=job.sums,
    )


def _reduce(sums: Array, result: Equilibrium) -> dict[str, Array]:
    assert result.fdi is not None  # the baseline has holdings
    return {
        "real_income": result.real_income - 1,
        "real_gdp": result.real_gdp - 1,
        "real_gni": result.real_gni - 1,
        "trade": _grouped(result.trade, sums),
        "fdi": _grouped(result.fdi, sums),
    }


def _grouped(flows: Array, sums: Array) -> Array:
    """Flows between economies added up to groups: (draws, N, N) -> (draws, G, G)."""
    return np.asarray(sums @ flows @ sums.T)


def _per_draw(values: Array, seen: Context) -> Array:
    """The same array with a leading draw axis, whether it varies or not."""
    count = seen.depth.shape[0]
    plain = values.ndim == (2 if values.shape[-1:] == values.shape[-2:-1] else 1)
    return np.broadcast_to(values, (count, *values.shape)) if plain else values


def _room_for(part: Evaluation, count: int) -> Evaluation:
    """An evaluation like the first piece with room for all draws, so that no number is held twice."""

    def room(array: NDArray[Any]) -> NDArray[Any]:
        return np.empty((count, *array.shape[1:]), dtype=array.dtype)

    outcomes = {
        key: Outcome(**{f: room(getattr(outcome, f)) for f in Outcome.__dataclass_fields__})
        for key, outcome in part.outcomes.items()
    }
    return replace(
        part,
        outcomes=outcomes,
        inputs={name: room(values) for name, values in part.inputs.items()},
        absorption=room(part.absorption),
        gdp=room(part.gdp),
        base_trade=room(part.base_trade),
        base_fdi=room(part.base_fdi),
    )


def _fill(whole: Evaluation, part: Evaluation, piece: slice) -> None:
    """Put one piece in its place."""
    for field in DRAWN:
        getattr(whole, field)[piece] = getattr(part, field)
    for name, values in part.inputs.items():
        whole.inputs[name][piece] = values
    for key, outcome in part.outcomes.items():
        for field in Outcome.__dataclass_fields__:
            getattr(whole.outcomes[key], field)[piece] = getattr(outcome, field)
