"""The whole story: a study in, a brief out."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from serai import __version__
from serai.atlas import Atlas, World, load, reconcile
from serai.brief.document import Brief, Desk
from serai.brief.numbers import Numbers
from serai.draws import Draws
from serai.equilibrium import Status
from serai.executors import Serial, aside, executor, one_thread
from serai.leverage import Leverage, brief_draws, study_leverage
from serai.programme.plan import Plan, plan
from serai.provenance import packaged
from serai.scenario.convergence import least_settled, region_convergence
from serai.scenario.evaluate import Evaluation, evaluate, refuse_unsolved
from serai.scenario.freight import network_tables
from serai.study import Study, read_study, reference_study

PLAN_DRAWS, CORE_DRAWS = 200, 50
LIBRARIES = ("numpy", "scipy", "pandas", "altair", "vl-convert-python")


def make_brief(
    study: Path | str | Study | None = None,
    *,
    draws: int = 1000,
    seed: int = 1,
    workers: int | None = None,
    language: str = "en",
    progress: Callable[[int], None] = lambda _: None,
) -> Brief:
    """Study -> atlas -> draws of the world -> every scenario, both closures -> brief.

    Parameters
    ----------
    study : a folder, a study already read, or None for the reference study.
    draws, seed : how many draws, from which seed. The same seed gives the same brief on any machine.
    workers : processes; one a core by default. The numbers do not depend on it.
    progress : called with the number of draws done since the last call.
    """
    inputs = study if isinstance(study, Study) else read_study(study)
    atlas = load(inputs.tables)
    given = inputs, atlas, Draws(draws, seed)
    with one_thread():
        if executor(workers).workers == 1:
            results = _scenarios(*given, workers, progress)
            return tell(inputs, atlas, results, reconcile(atlas), language, lambda: _meanwhile(*given))
        # before the charts are imported: the other process is forked while this one is small
        with aside(_meanwhile, *given) as found:
            results = _scenarios(*given, workers, progress)
            return tell(inputs, atlas, results, reconcile(atlas), language, found)


def _scenarios(
    study: Study, atlas: Atlas, draws: Draws, workers: int | None, progress: Callable[[int], None]
) -> Evaluation:
    """Every scenario that changes something; today needs no solving."""
    steps = [scenario.id for scenario in study.scenarios if scenario.measure]
    results = evaluate(study, atlas, draws, scenarios=steps, executor=executor(workers), progress=progress)
    refuse_unsolved(results)
    return results


def _meanwhile(study: Study, atlas: Atlas, draws: Draws) -> tuple[Plan | None, Leverage]:
    """The programme, and who depends on whom: found while the rest of the brief is written."""
    core = min(CORE_DRAWS, draws.count)
    found = plan(study, atlas, Draws(PLAN_DRAWS, draws.seed), core=core, executor=Serial())
    chosen = None if found is None else found.programme.as_scenario(study, atlas)
    return found, study_leverage(study, atlas, brief_draws(draws), chosen=chosen)


def tell(
    study: Study,
    atlas: Atlas,
    results: Evaluation,
    world: World,
    language: str,
    more: Callable[[], tuple[Plan | None, Leverage | None]] = lambda: (None, None),
) -> Brief:
    """Results into a brief. `more` is asked for last: it may still be on its way."""
    # imported only now: workers are forked before, and charts would make each of them larger
    from serai.brief.chapters import in_order
    from serai.brief.opening import answer, verdict
    from serai.brief.paths import add_paths
    from serai.brief.sections.broker import broker_section
    from serai.brief.sections.claims import claims_section
    from serai.brief.sections.corridors import corridors_section
    from serai.brief.sections.evidence import evidence_section
    from serai.brief.sections.financing import financing_section
    from serai.brief.sections.frictions import frictions_section
    from serai.brief.sections.ladder import ladder_section
    from serai.brief.sections.ledger import ledger_section
    from serai.brief.sections.leverage import leverage_section
    from serai.brief.sections.levers import levers_section
    from serai.brief.sections.missing import missing_section, missing_table
    from serai.brief.sections.partners import partners_section
    from serai.brief.sections.programme import programme_section
    from serai.brief.sections.projects import projects_section
    from serai.brief.sections.sectors import sectors_section
    from serai.brief.sections.summit import summit_section
    from serai.brief.words import words

    desk = Desk(study, atlas, results, words(language), Numbers())
    add_paths(desk, world)
    summary = manifest(study, atlas, results)
    first = summit_section(desk)
    made = [
        ladder_section(desk),
        levers_section(desk),
        corridors_section(desk),
        frictions_section(desk),
        partners_section(desk),
    ]
    last = [broker_section(desk), sectors_section(desk), ledger_section(desk)]
    chosen, leverage = more()
    lacks = missing_table(desk)
    if lacks is not None:
        first = missing_section(desk, lacks) if first is None else replace(first, parts=(*first.parts, lacks))
    known = projects_section(desk, None if chosen is None else chosen.gains)
    made = [first, programme_section(desk, chosen), known, *made, leverage_section(desk, leverage)]
    made += [financing_section(desk, None if chosen is None else chosen.programme), *last]
    made += [claims_section(desk), evidence_section(desk, world, summary)]
    return Brief(
        title=desk.words._(study.about.title),
        question=desk.words._(study.about.question),
        verdict=verdict(desk),
        answer=answer(desk, chosen),
        sections=in_order(made),
        desk=desk,
        manifest=summary,
    )


def manifest(study: Study, atlas: Atlas, results: Evaluation) -> dict[str, object]:
    """What a run was made from: versions, seed, fingerprints of the inputs, convergence."""
    solved = results.outcomes.values()
    return {
        "study": study.about.id,
        "study_path": None if study.path == reference_study() else str(study.path),
        "version": __version__,
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "seed": results.draws.seed,
        "draws": results.draws.count,
        "solves": sum(o.status.size for o in solved),
        "solves_converged": int(sum((o.status <= Status.CONVERGED_BY_TATONNEMENT).sum() for o in solved)),
        "largest_residual": float(
            max(np.max(o.residual[o.status <= Status.CONVERGED_BY_TATONNEMENT], initial=0) for o in solved)
        ),
        "convergence": _convergence(study, results),
        "study_files": dict(study.hashes),
        "atlas_tables": {**atlas.hashes, **network_tables(study, atlas).hashes},
        "package_files": packaged(),
    }


def _convergence(study: Study, results: Evaluation) -> dict[str, object]:
    """How well so many draws know the percentiles of the region's real income, worst scenario first."""
    found = region_convergence(results, study)
    if not found:
        return {}
    return {
        "largest_error_over_interval": least_settled(found).share,
        "draws_needed": max(each.needed for each in found.values()),
        "standard_errors_pct": {
            f"{scenario}/{wealth}": dict(zip(("p5", "p50", "p95"), each.errors, strict=True))
            for (scenario, wealth), each in found.items()
        },
    }
