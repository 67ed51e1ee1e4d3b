"""What projects still have to find: all open amounts, those of a chosen programme, those of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serai.broker.market import Need
from serai.errors import InputError, Problem, Problems, UnknownNameError, suggestion
from serai.programme import Programme
from serai.programme.presence import read_presence
from serai.records import Financing as FinancingRow
from serai.records import Project
from serai.study import Study

WHOLE = ("total", "estimate", "lower_bound", "phase")
"""Bases of a published cost that say what the thing costs, not what one lender gives."""
PROMISED = ("agreed", "reported")


@dataclass(frozen=True, slots=True)
class Open:
    """What projects still need, and why nothing can be said of the others.

    Parameters
    ----------
    needs : projects with an open amount. left_out : project -> why it has none.
    """

    needs: tuple[Need, ...]
    left_out: Mapping[str, str]


def open_needs(study: Study) -> Open:
    """The open amounts of a study's candidate projects.

    Open is the published cost less what is agreed or reported. Where the published figure is one loan or
    grant, or none is published, nothing is guessed: the project is left out, with the reason. Of rows that
    contain one another only the largest counts.
    """
    largest: dict[str, Project] = {}
    for project in study.records.projects:
        group = project.serai.overlap_group
        if group and project.is_candidate and (project.cost_usd_m or 0) >= (_cost(largest.get(group))):
            largest[group] = project
    needs, left_out, find = [], {}, _Finder(study)
    for project in study.records.projects:
        if not project.is_candidate:
            continue
        group = project.serai.overlap_group
        reason = _no_amount(project)
        if reason is None and group and largest[group].id != project.id:
            reason = f"it is part of, or contains, {largest[group].id}"
        given = sum(row.amount_usd_m or 0.0 for row in find.rows(project.id) if row.state in PROMISED)
        left = (project.cost_usd_m or 0.0) - given
        if reason is None and left <= 0:
            reason = "what is agreed covers the published cost"
        if reason is not None:
            left_out[project.id] = reason
            continue
        needs.append(find.need(project, left, f"{project.serai.cost_basis}, less USD {given:,.1f} m agreed"))
    return Open(tuple(needs), left_out)


def programme_needs(study: Study, programme: Programme) -> Open:
    """What a chosen programme takes of each of its projects: a share of the open amount, mean of the draws.

    Where no cost is published the amount comes from the reference class and is marked `imputed`. Candidates
    that the programme leaves out have their reason there.
    """
    by_id, find = {project.id: project for project in study.records.projects}, _Finder(study)
    needs = [
        find.need(
            by_id[pick.project.id],
            pick.amount_usd_m,
            f"{pick.share:.0%} of what is open, from {pick.start_year}; {pick.project.instrument}",
            pick.project.cost_basis,
        )
        for pick in programme.picks
    ]
    left = programme.left_out()
    return Open(tuple(needs), dict(zip(left["project"], left["why"], strict=True)))


def chosen_needs(study: Study, file: Path) -> Open:
    """The open amounts of a programme from a JSON file; see `match`."""
    problems = Problems(file.name)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        rows = _listed(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = 'Give {"projects": [{"id": ..., "open_usd_m": ...}]}.'
        raise InputError(Problem(f"not a programme: {error}", remedy, file=file.name)) from None
    by_id, find = {project.id: project for project in study.records.projects}, _Finder(study)
    needs = []
    for number, row in enumerate(rows, start=1):
        name = str(row.get("id", "")) if isinstance(row, dict) else ""
        if name not in by_id:
            remedy = suggestion(name, by_id)
            problems.add("there is no such project", remedy, row=f"project {number}", field="id", value=name)
            continue
        amount = _amount(study, row, name, problems)
        if amount is not None:
            needs.append(find.need(by_id[name], amount, "as the programme says"))
    problems.raise_if_any()
    return Open(tuple(needs), {})


def _listed(content: Any) -> list[Any]:
    """The projects of a programme file, its own list or the table of `serai choose`."""
    if isinstance(content, dict) and "tables" in content:
        chosen = content["tables"]["programme"]
        return [{"id": row["project"], "open_usd_m": row["amount_usd_m"]} for row in chosen]
    rows = content["projects"] if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise TypeError("projects is no list")
    return rows


class _Finder:
    """Who is named for a project, from files that are read once."""

    def __init__(self, study: Study) -> None:
        self._financing = study.records.financing
        self._presence = read_presence(study)

    def rows(self, project: str) -> list[FinancingRow]:
        return [row for row in self._financing if row.project == project]

    def need(self, project: Project, amount: float, note: str, basis: str = "reported") -> Need:
        known = [row.financier for row in self.rows(project.id) if row.financier]
        present = [row for row in self._presence if row.project == project.id]
        return Need(
            project.id,
            project.title or project.id,
            amount,
            project.countries,
            tuple(project.sector or ()),
            tuple(dict.fromkeys(known)),
            tuple(dict.fromkeys(row.partner for row in present)),
            any(row.role == "investor" for row in present),
            basis,
            note,
        )


def _amount(study: Study, row: Mapping[str, Any], name: str, problems: Problems) -> float | None:
    """An open amount in million USD; problems are collected."""
    if "open_usd_m" in row:
        value = row["open_usd_m"]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        problems.add("not an amount", "Give million USD.", row=name, field="open_usd_m", value=value)
        return None
    try:
        amount, currency, when = float(row["amount"]), str(row["currency"]), str(row["date"])
        return study.money.convert(amount, currency, when).value / 10**6
    except KeyError as error:
        problems.add(
            "an open amount is missing",
            "Give open_usd_m, or amount, currency and date.",
            row=name,
            field=str(error),
        )
    except UnknownNameError as error:
        problems.add(
            str(error), "Add the rate to rates.csv.", row=name, field="currency", value=row["currency"]
        )
    except (TypeError, ValueError) as error:
        problems.add(
            f"not an amount: {error}", "Give a number.", row=name, field="amount", value=row["amount"]
        )
    except InputError as error:
        problems.extend(error.problems)
    return None


def _no_amount(project: Project) -> str | None:
    """Why a project has no open amount; None when its published cost is that of the whole."""
    if project.cost_usd_m is None:
        return "no cost is published"
    if project.serai.cost_basis not in WHOLE:
        return f"the published figure is {project.serai.cost_basis}: one part of the money, not the cost"
    return None


def _cost(project: Project | None) -> float:
    return 0.0 if project is None else project.cost_usd_m or 0.0
