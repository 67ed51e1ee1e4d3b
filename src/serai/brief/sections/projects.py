"""Section 1 so far: how much is known of the projects, what to ask next, and what the known ones are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from markupsafe import Markup

from serai.brief.charts import whiskers
from serai.brief.document import Chart, Desk, Section, Table
from serai.brief.numbers import Number
from serai.brief.said import said
from serai.brief.sections.worth import appraisals
from serai.brief.words import N_
from serai.draws import Draws, Uncertain
from serai.programme import (
    Assumptions,
    Project,
    Screening,
    appraise,
    candidates,
    channel_of,
    criterion_sensitivity,
    network_gains,
    red_flag_titles,
    round_values,
    screen,
    unappraisable,
    waivers,
)

SHOWN, ASKED, CHOSEN = 15, 8, 30
SCREEN_DRAWS, APPRAISAL_DRAWS, ROUND_DRAWS = 500, 300, 100
DISCOUNT, STANDING = "adb", "world"


def projects_section(desk: Desk, gains: Mapping[str, Uncertain] | None = None) -> Section | None:
    """Screening, questions to ask next, appraisals with data of their own; None without answers.

    `gains` are those of projects on the network, where they are known already.
    """
    projects, answers = candidates(desk.study)
    if not projects or not answers:
        return None
    _ = desk.words._
    seed = desk.results.draws.seed
    screening = screen(projects, answers, waivers=waivers(desk.study), draws=Draws(SCREEN_DRAWS, seed))
    priced = [project for project in projects if unappraisable(project) is None]
    if gains is None:
        gains = network_gains(desk.study, desk.atlas, STANDING)
    valued = [p for p in priced if channel_of(p, gains.get(p.id)).name != "prior"]
    assumptions = Assumptions(DISCOUNT, STANDING)
    own = [
        appraise(p, replace(assumptions, gain=gains.get(p.id)), Draws(APPRAISAL_DRAWS, seed)) for p in valued
    ]
    share = desk.numbers.add(
        Number(
            "projects/answered",
            N_("share of the quality questions that published sources answer"),
            float(screening.answered.sum() / screening.asked.sum()),
            "ratio",
            "reported",
            made_from=("study/answers",),
        )
    )
    desk.numbers.node(
        "study/answers", "answers to the quality questions, each with its source", [], {"file": "answers.csv"}
    )
    finding = (
        desk.prose(
            "Published sources answer {share} of the quality questions about {count} candidate projects. No project is clear of all gates, so none can be called the best: what to ask next is listed below.",
            share=share,
            count=len(projects),
        )
        if not any(screening.state(p.id) == "clear" for p in projects)
        else desk.prose(
            "Published sources answer {share} of the quality questions about {count} candidate projects.",
            share=share,
            count=len(projects),
        )
    )
    parts: list[Chart | Table | Markup] = [
        quality_chart(desk, screening, projects),
        next_questions(desk, screening, seed),
        sensitivity(desk, screening, projects),
        appraisals(desk, own, len(priced) - len(own), projects),
        flag_counts(desk, screening),
        red_flags(desk, screening, projects),
    ]
    return Section(
        "projects", _("Projects"), _("Projects: how much is known, and what it is worth"), finding, parts
    )


def quality_chart(desk: Desk, screening: Screening, projects: Sequence[Project]) -> Chart:
    """The quality intervals of the projects about which most is known."""
    _ = desk.words._
    names = {p.id: p.name for p in projects}
    low, high = screening.quality
    answered, asked = screening.answered.sum(axis=1), screening.asked.sum(axis=1)
    order = np.argsort(-answered, kind="stable")[:SHOWN]
    rows: list[dict[str, object]] = []
    cells: list[list[Markup | str]] = []
    for place in order:
        key = screening.projects.names[place]
        middle = float((low[place] + high[place]) / 2)
        number = desk.numbers.add(
            Number(
                f"projects/{key}/quality",
                N_("quality, from 0 to 1: the ends are what unanswered questions leave open"),
                middle,
                "score",
                "reported",
                float(low[place]),
                float(high[place]),
                made_from=("study/answers",),
            )
        )
        rows.append(
            {
                "label": _short(names[key]),
                "kind": "quality",
                "project": key,
                "estimate": middle,
                "low": low[place],
                "high": high[place],
                "answered": int(answered[place]),
                "asked": int(asked[place]),
                "unit": "score from 0 to 1",
                "basis": "reported",
            }
        )
        of = _(
            "{answered} of {asked}",
            answered=int(answered[place]),
            asked=int(asked[place]),
        )
        cells.append([names[key], of, desk.number(number), _(screening.state(key))])
    data = pd.DataFrame(rows)
    picture = desk.draw(whiskers(data, order=list(data["label"]), axis_title=_("Quality, from 0 to 1")))
    table = Table(
        "quality",
        _("Projects about which most is known"),
        [_("Project"), _("Questions answered"), _("Quality, 0 to 1"), _("Gates")],
        cells,
        data.drop(columns=["label", "kind"]),
        numeric=frozenset({1, 2}),
        note=_(
            "An unanswered question counts as anything from nothing to full marks. All projects and all answers: serai screen."
        ),
    )
    return Chart(
        "quality",
        desk.prose(
            "Even the best-documented projects could be good or bad: the intervals overlap almost wholly"
        ),
        _(
            "Quality by the checklist, from 0 to 1; line: what unanswered questions leave open; the {count} projects with most answers",
            count=len(rows),
        ),
        _("Source: the pages named in the answers of the study."),
        picture.wide,
        picture.narrow,
        _("Intervals of quality by project"),
        table,
    )


def next_questions(desk: Desk, screening: Screening, seed: int) -> Table:
    """Which question to ask of every project first."""
    _ = desk.words._
    places = min(CHOSEN, len(screening.eligible) - 1)
    titles = {c.key: c.title for c in screening.checklist.criteria}
    found = round_values(screening, places, Draws(ROUND_DRAWS, seed)).head(ASKED)
    cells: list[list[Markup | str]] = []
    for row in found.to_dict("records"):
        number = desk.numbers.add(
            Number(
                f"projects/ask/{row['question']}",
                N_("places that change hands when this is asked of every project"),
                float(row["changed"]),
                "plain",
                "computed",
                made_from=("study/answers",),
            )
        )
        cells.append(
            [
                _(str(row["title"])),
                _(titles[str(row["criterion"])]),
                str(row["projects"]),
                desk.number(number),
            ]
        )
    return Table(
        "ask_next",
        _("What to ask next, before choosing {places} projects", places=places),
        [_("Question"), _("Criterion"), _("Projects without an answer"), _("Places that would change hands")],
        cells,
        found,
        numeric=frozenset({2, 3}),
    )


def sensitivity(desk: Desk, screening: Screening, projects: Sequence[Project]) -> Table:
    """How the order would change without each criterion; those without any answer change nothing."""
    _ = desk.words._
    names = {p.id: p.name for p in projects}
    titles = {c.key: c.title for c in screening.checklist.criteria}
    found = criterion_sensitivity(screening)
    cells: list[list[Markup | str]] = []
    for row in found.to_dict("records"):
        number = desk.numbers.add(
            Number(
                f"projects/sensitivity/{row['criterion']}",
                N_("share of the pairs of projects that change order without this criterion"),
                float(row["reversed_pairs"]),
                "ratio",
                "computed",
                made_from=("study/answers",),
            )
        )
        moved = abs(int(row["places_moved"]))
        mover = (
            desk.words.n_("{name}: {count} place", "{name}: {count} places", moved, name=names[row["mover"]])
            if moved
            else _("none")
        )
        leader = names[row["leader_without"]]
        cells.append([_(titles[row["criterion"]]), desk.number(number), leader, mover])
    return Table(
        "sensitivity",
        _("What the order hangs on: without each criterion in turn"),
        [_("Without"), _("Pairs that change order"), _("First then"), _("Moves most")],
        cells,
        found,
        numeric=frozenset({1}),
        note=_(
            "Middles of the intervals at the mean weights. A criterion that no source answers moves nothing: it is unknown, not unimportant. The weight at which another project would lead is in the table's download."
        ),
    )


def flag_counts(desk: Desk, screening: Screening) -> Table:
    """Each rule: how often it is raised, not raised, and cannot be checked."""
    _ = desk.words._
    found = screening.flag_counts()
    return Table(
        "flag_counts",
        _("Red flags: what could be checked"),
        [_("Flag"), _("Raised"), _("Not raised"), _("Cannot be checked")],
        [
            [_(str(row["title"])), str(row["raised"]), str(row["not raised"]), str(row["cannot be checked"])]
            for row in found.to_dict("records")
        ],
        found,
        numeric=frozenset({1, 2, 3}),
        note=_(
            "Of {count} projects. What cannot be checked is not in order: it is unknown.",
            count=len(screening.projects),
        ),
    )


def red_flags(desk: Desk, screening: Screening, projects: Sequence[Project]) -> Table:
    """Flags that are raised, with why."""
    _ = desk.words._
    names = {p.id: p.name for p in projects}
    titles = red_flag_titles()
    raised = [flag for flag in screening.flags if flag.state == "raised"]
    return Table(
        "red_flags",
        _("Red flags raised"),
        [_("Project"), _("Flag"), _("Why")],
        [[names[f.project], _(titles[f.rule]), said(desk.words, f.why)] for f in raised],
        pd.DataFrame([{"project": f.project, "rule": f.rule, "why": f.why} for f in raised]),
        note=_("A flag asks for a second look, not for a no."),
    )


def _short(name: str, most: int = 60) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"
