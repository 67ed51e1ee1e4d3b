"""The statements of the source article: verdict, number, interval, and what would change it."""

from __future__ import annotations

from collections import Counter

import pandas as pd
from markupsafe import Markup

from serai.brief.claims import Judgement, Verdict, judge
from serai.brief.document import Desk, Section, Table
from serai.brief.sections.claim_facts import add_claim_facts
from serai.brief.words import N_
from serai.records.claim import Claim

VERDICTS = {
    Verdict.SUPPORTED: N_("supported"),
    Verdict.NOT_SUPPORTED: N_("not supported"),
    Verdict.NOT_IDENTIFIED: N_("not identified by the model"),
    Verdict.NOT_TESTABLE: N_("not testable"),
    Verdict.NOT_YET_TESTED: N_("not yet tested"),
}


def claims_section(desk: Desk) -> Section | None:
    """A row a claim; None for a study without claims."""
    if not desk.study.claims:
        return None
    add_claim_facts(desk)
    _ = desk.words._
    judged = [(claim, judge(claim, desk.numbers.by_key)) for claim in desk.study.claims]
    counts = Counter(judgement.verdict for _claim, judgement in judged)
    table = Table(
        "claims",
        _("The article's statements"),
        [
            _("Id"),
            _("Statement, in our words"),
            _("By"),
            _("Verdict"),
            _("What the figures say"),
            _("What would change it"),
        ],
        [_row(desk, claim, judgement) for claim, judgement in judged],
        pd.DataFrame([_data(claim, judgement) for claim, judgement in judged]),
        note=_(
            "Supported: every part of the rule holds over the whole range of its number. Not supported: a range contradicts the rule, or holds both answers. Not identified: an assumption or the model itself forces the sign, so only the size is a finding. Not testable: no data at hand decide it."
        ),
        whole=True,
    )
    finding = desk.prose(
        N_(
            "Of {all} statements {supported} are supported, {not_supported} not supported, {not_identified} not identified by the model, {not_testable} not testable, {open} not yet tested."
        )
        if counts[Verdict.NOT_YET_TESTED]
        else N_(
            "Of {all} statements {supported} are supported, {not_supported} not supported, {not_identified} not identified by the model and {not_testable} not testable."
        ),
        all=len(judged),
        supported=counts[Verdict.SUPPORTED],
        not_supported=counts[Verdict.NOT_SUPPORTED],
        not_identified=counts[Verdict.NOT_IDENTIFIED],
        not_testable=counts[Verdict.NOT_TESTABLE],
        open=counts[Verdict.NOT_YET_TESTED],
    )
    return Section("claims", _("Claims"), _("The article's claims"), finding, (table,))


def _row(desk: Desk, claim: Claim, judgement: Judgement) -> list[Markup | str]:
    _ = desk.words._
    verdict = Markup('<strong class="verdict-{}">{}</strong>').format(
        judgement.verdict, _(VERDICTS[judgement.verdict])
    )
    return [
        claim.id,
        _(claim.statement),
        _(claim.by),
        verdict,
        Markup(" ").join(part for part in _says(desk, claim, judgement) if part),
        _(claim.would_change),
    ]


def _says(desk: Desk, claim: Claim, judgement: Judgement) -> list[Markup]:
    """The finding, why it follows, and the rule."""
    _, prose = desk.words._, desk.prose
    if judgement.absent:
        return [prose("This brief does not have {keys}.", keys=desk.words.series(judgement.absent))]
    if judgement.verdict is Verdict.NOT_YET_TESTED:
        return [prose("To be tested by: {what}.", what=_(claim.tested_by))]
    numbers = {name: desk.numbers[key] for name, key in claim.figures.items()}
    if claim.number is not None:
        numbers["number"] = desk.numbers[claim.number]
    sentences = (claim.finding, claim.magnitude_only, claim.not_testable)
    said = [prose(sentence, **numbers) for sentence in sentences if sentence]
    if judgement.verdict is Verdict.NOT_SUPPORTED and not judgement.against:
        said.append(prose("The range holds both answers."))
    if claim.rule:
        said.append(Markup("<small>{}</small>").format(prose("Rule: {rule}", rule=_(claim.rule))))
    return said


def _data(claim: Claim, judgement: Judgement) -> dict[str, object]:
    return {
        "claim": claim.id,
        "statement": claim.statement,
        "by": claim.by,
        "verdict": str(judgement.verdict),
        "rule": claim.rule,
        "numbers": "; ".join(claim.keys),
        "against": "; ".join(judgement.against),
        "open": "; ".join(judgement.open),
        "absent": "; ".join(judgement.absent),
        "would_change": claim.would_change,
    }
