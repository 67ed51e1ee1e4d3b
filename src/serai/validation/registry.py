"""All checks, and running them."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from serai.errors import InputError, Problem, UnknownNameError
from serai.shown import Shown
from serai.validation import agtpa, closed_forms, nafta, panels, rivals
from serai.validation.check import FAIL, LEFT_OUT, Check, Outcome, compare

VARIABLE = "SERAI_VALIDATION"
GUIDE = "Yotov and others (2016), An Advanced Guide to Trade Policy Analysis, WTO and UNCTAD"

CHECKS = (
    Check(
        "agtpa-1",
        f"{GUIDE}, chapter 1, table 1",
        "traditional gravity: OLS, remoteness, fixed effects, PPML",
        agtpa.chapter_1_table_1,
        (agtpa.PANEL,),
        tests="tests/validation/agtpa",
    ),
    Check(
        "agtpa-2",
        f"{GUIDE}, chapter 1, table 2",
        "the distance puzzle: change of the coefficient of distance from 1986 to 2006",
        agtpa.chapter_1_table_2,
        (agtpa.PANEL,),
        tests="tests/validation/agtpa",
    ),
    Check(
        "agtpa-3",
        f"{GUIDE}, chapter 1, table 3",
        "effects of trade agreements, with pair effects, leads, lags and globalisation",
        agtpa.chapter_1_table_3,
        (agtpa.PANEL,),
        tests="tests/validation/agtpa",
    ),
    Check(
        "agtpa-ppml",
        f"{GUIDE}, chapter 2, application 1",
        "PPML of 2006 to seven digits",
        agtpa.chapter_2_coefficients,
        (agtpa.PANEL,),
        tests="tests/validation/agtpa",
    ),
    Check(
        "agtpa-equilibrium",
        f"{GUIDE}, chapter 2, application 1",
        "trade without borders, 69 economies: conditional and full equilibrium",
        agtpa.chapter_2_equilibrium,
        (agtpa.PANEL, agtpa.TARGETS),
        tests="tests/validation/agtpa_ge",
    ),
    Check(
        "weidner-zylkin",
        "Weidner and Zylkin (2021), Bias and consistency in three-way gravity models, JIE 132",
        "three-way PPML, incidental-parameter bias, adjusted standard errors",
        panels.weidner_zylkin,
        (panels.MANUFACTURES,),
        tests="tests/validation/weidner_zylkin",
    ),
    Check(
        "separation",
        "Correia, Guimarães and Zylkin, ppmlhdfe: 18 separation examples",
        "which observations are separated",
        panels.separation,
        panels.SEPARATION,
        tests="tests/validation/separation",
    ),
    Check(
        "caliendo-parro",
        "Caliendo and Parro (2015), Estimates of the Trade and Welfare Effects of NAFTA, RES 82(1), table 2",
        "31 economies, 40 sectors, tariffs with revenue: welfare, its parts and real wages, percent",
        nafta.table_2,
        (nafta.DATA,),
        tests="tests/validation/cp2015",
    ),
    Check(
        "exposure",
        "Kleinman, Liu and Redding (2024), International friends and enemies, AEJ: Macroeconomics 16(4)",
        "exposure matrices in closed form on nine made-up worlds",
        closed_forms.klr_exposure,
        tests="tests/validation/klr",
    ),
    Check(
        "gains-formula",
        "Arkolakis, Costinot and Rodríguez-Clare (2012), New trade models, same old gains?, AER 102(1)",
        "gains from trade from the home share alone, on nine made-up worlds",
        closed_forms.acr_formula,
        tests="tests/validation/trade_capital",
    ),
    Check(
        "financial",
        "numpy-financial, documented examples",
        "present value, internal and modified rates of return",
        closed_forms.financial,
        tests="tests/validation/financial",
    ),
    Check(
        "smaa",
        "van Valkenhoef and others (2012); results of the R package smaa for its data set thrombo",
        "rank acceptabilities and central weights of SMAA-2",
        closed_forms.smaa_thrombo,
        tests="tests/validation/smaa",
    ),
    Check(
        "pyfixest",
        "pyfixest, in the same run",
        "three-way PPML on the panel of Weidner and Zylkin",
        rivals.pyfixest,
        (panels.MANUFACTURES,),
        ("pyfixest",),
        tests="tests/property/test_gravity_against_pyfixest.py",
    ),
    Check(
        "gegravity",
        "gegravity 0.3, in the same run",
        "resistances after an agreement between two of six economies",
        rivals.gegravity,
        (),
        ("gegravity",),
        tests="tests/validation/gegravity",
    ),
)


@dataclass(frozen=True, slots=True)
class Report(Shown):
    """What all checks found.

    Parameters
    ----------
    outcomes : one for each check, in the order of the list.
    """

    outcomes: tuple[Outcome, ...]

    @property
    def holds(self) -> bool:
        """Whether no check failed; one that was left out has not failed."""
        return all(outcome.verdict != FAIL for outcome in self.outcomes)

    def tidy(self) -> pd.DataFrame:
        """check, quantity, published, ours, tolerance, verdict, note: one row a number."""
        return pd.DataFrame(
            [
                {
                    "check": outcome.check,
                    "quantity": row.quantity,
                    "published": row.published,
                    "ours": row.ours,
                    "tolerance": row.tolerance,
                    "verdict": row.verdict,
                    "note": row.note,
                }
                for outcome in self.outcomes
                for row in outcome.rows
            ]
        )

    def summary(self) -> str:
        """One line a check, the reason of each that was left out, and each number that differs."""
        lines = []
        for outcome in self.outcomes:
            same = sum(row.verdict != FAIL for row in outcome.rows)
            detail = outcome.left_out or f"{same} of {len(outcome.rows)} numbers, {outcome.seconds:.1f} s"
            lines.append(f"{outcome.verdict:<22} {outcome.check:<18} {detail}")
            for row in outcome.rows:
                if row.verdict != "pass":
                    said = f": {row.note}" if row.verdict != FAIL and row.note else ""
                    lines.append(f"    {row.quantity}: published {row.published:g}, ours {row.ours:g}{said}")
        left = sum(outcome.verdict == LEFT_OUT for outcome in self.outcomes)
        if left:
            lines.append(f"{left} checks were left out.")
        return "\n".join(lines)


def validate(
    data: Path | str | None = None,
    only: Iterable[str] | None = None,
    *,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Run the checks.

    Parameters
    ----------
    data : folder of validation files, by default the environment variable SERAI_VALIDATION; checks whose
        files are not in it are left out and say so.
    only : names of checks; all by default.

    Raises
    ------
    UnknownNameError : a check that does not exist.
    InputError : a folder that does not exist.

    Examples
    --------
    >>> validate(only=["exposure"]).holds
    True
    """
    names = [check.name for check in CHECKS]
    wanted = list(only) if only is not None else names
    for name in wanted:
        if name not in names:
            raise UnknownNameError("check", name, names)
    folder = _folder(data)
    outcomes = []
    for check in CHECKS:
        if check.name in wanted:
            outcomes.append(_run(check, folder))
            if progress is not None:
                progress(1)
    return Report(tuple(outcomes))


def _folder(data: Path | str | None) -> Path | None:
    given = data if data is not None else os.environ.get(VARIABLE)
    if given is None:
        return None
    folder = Path(given).resolve()
    if not folder.is_dir():
        raise InputError(
            Problem("there is no such folder", "Give the folder of validation files.", file=str(given))
        )
    return folder


def _run(check: Check, folder: Path | None) -> Outcome:
    reason = _absent(check, folder)
    if reason:
        return Outcome(check.name, check.reference, check.what, (), reason)
    began = time.perf_counter()
    rows = compare(check.name, check.run(folder or Path()))
    seconds = time.perf_counter() - began
    return Outcome(check.name, check.reference, check.what, rows, "", seconds)


def _absent(check: Check, folder: Path | None) -> str:
    """Why a check cannot run here, or blank."""
    packages = [name for name in check.packages if importlib.util.find_spec(name) is None]
    if packages:
        return f"{', '.join(packages)} is not installed"
    if check.files and folder is None:
        return f"its data are not at hand: give --data or set {VARIABLE}"
    missing = [name for name in check.files if folder is not None and not (folder / name).is_file()]
    return f"absent from the folder: {', '.join(missing[:3])}" if missing else ""
