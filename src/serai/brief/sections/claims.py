"""The statements of the source article, each with its first number or `not yet tested`."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from serai.brief.document import Desk, Section, Table


def claims_section(desk: Desk) -> Section:
    """The list of claims; a number stands beside those that this version already measures."""
    _ = desk.words._
    cells: list[list[Markup | str]] = []
    data: list[dict[str, object]] = []
    measured = 0
    for claim in desk.study.claims:
        number = desk.numbers.by_key.get(claim.number) if claim.number else None
        measured += number is not None
        status = _("first number") if number is not None else _("not yet tested")
        if claim.number is not None and number is None:
            status = _("its number is not in this brief: {key}", key=claim.number)
        finding = "" if number is None else desk.prose(claim.finding, number=number)
        cells.append([claim.id, _(claim.statement), claim.by, status, finding or _(claim.tested_by)])
        data.append(
            {
                "claim": claim.id,
                "statement": claim.statement,
                "by": claim.by,
                "status": "first_number" if number is not None else "not_yet_tested",
                "number": claim.number if number is not None else None,
            }
        )
    table = Table(
        "claims",
        _("The article's statements"),
        [
            _("Id"),
            _("Statement, in our words"),
            _("By"),
            _("Status"),
            _("First number, or what will test it"),
        ],
        cells,
        pd.DataFrame(data),
    )
    finding = desk.prose(
        "{measured} of {all} statements have a first number. No verdict is given yet.",
        measured=measured,
        all=len(desk.study.claims),
    )
    return Section("claims", _("Claims"), _("The article's claims"), finding, (table,))
