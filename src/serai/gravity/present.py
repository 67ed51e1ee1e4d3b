"""Fits as people read them: text, HTML and LaTeX, one fit or several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from serai.gravity.result import GravityFit

LEVELS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))
STARS = "* p < 0.1, ** p < 0.05, *** p < 0.01"
Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several fits side by side; `str()`, `.html()` and `.latex()` print them."""

    header: tuple[str, ...]
    estimates: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, ...], ...]
    note: str

    def __str__(self) -> str:
        return _text(
            [list(self.header)], [list(r) for r in self.estimates], [list(r) for r in self.facts], self.note
        )

    def html(self) -> str:
        """An HTML table."""
        return _html(list(self.header), [list(r) for r in (*self.estimates, *self.facts)], self.note)

    def latex(self) -> str:
        """A LaTeX tabular."""
        lines = [rf"\begin{{tabular}}{{l{'c' * (len(self.header) - 1)}}}", r"\hline"]
        lines += [_latex_row(self.header), r"\hline"]
        lines += [_latex_row(row) for row in self.estimates]
        lines += [r"\hline", *[_latex_row(row) for row in self.facts], r"\hline"]
        columns = len(self.header)
        lines += [rf"\multicolumn{{{columns}}}{{l}}{{\footnotesize {_latex(self.note)}}}", r"\end{tabular}"]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.html()


def compare(fits: Sequence[GravityFit], names: Sequence[str] | None = None, digits: int = 3) -> Comparison:
    """Fits side by side: coefficients with standard errors in brackets under them, and what was done.

    Parameters
    ----------
    fits : one a column.
    names : column headings; by default (1), (2), ...
    digits : after the point.
    """
    heads = list(names) if names is not None else [f"({k})" for k in range(1, len(fits) + 1)]
    terms = list(dict.fromkeys(name for fit in fits for name in fit.names))
    estimates: Rows = []
    for term in terms:
        top, below = [term], [""]
        for fit in fits:
            if term in fit.names:
                value, error = fit.coefficient(term), fit.std_error(term)
                top.append(f"{value:.{digits}f}{stars(value, error)}")
                below.append(f"({error:.{digits}f})")
            else:
                top.append("")
                below.append("")
        estimates += [top, below]
    effects = list(dict.fromkeys(name for fit in fits for name in fit.effect_names))
    facts = [
        [f"{name} effects", *("yes" if name in fit.effect_names else "no" for fit in fits)]
        for name in effects
    ]
    facts += [
        ["estimator", *(fit.estimator.upper() for fit in fits)],
        ["observations", *(f"{fit.n_obs:,}" for fit in fits)],
        ["pseudo R2 (OLS: R2)", *(f"{fit.pseudo_r2:.{digits}f}" for fit in fits)],
        ["standard errors", *(errors_in_words(fit, short=True) for fit in fits)],
    ]
    if any(fit.bias for fit in fits):
        facts.append(["bias-corrected", *("yes" if fit.bias else "no" for fit in fits)])
    return Comparison(
        ("", *heads),
        tuple(map(tuple, estimates)),
        tuple(map(tuple, facts)),
        f"Standard errors in brackets. {STARS}",
    )


def stars(value: float, error: float) -> str:
    """The journals' stars for a two-sided normal test."""
    if not error > 0:
        return ""
    p = 2 * float(special.ndtr(-abs(value / error)))
    return next((mark for level, mark in LEVELS if p < level), "")


def errors_in_words(fit: GravityFit, short: bool = False) -> str:
    """How the standard errors were made."""
    how = "heteroskedastic" if not fit.cluster else "by " + " and ".join(fit.cluster)
    if short:
        return how
    counts = ", ".join(f"{count:,} {name}" for name, count in fit.clusters.items())
    words = {
        "ppmlhdfe": "G/(G-1), no adjustment for parameters (the convention of Stata's ppmlhdfe)",
        "reghdfe": "G/(G-1) (N-1)/(N-k), effects nested in clusters not counted (reghdfe)",
        "regress": "G/(G-1) (N-1)/(N-k), every effect counted (regress)",
        "none": "no small-sample factor",
    }[fit.small_sample]
    leverage = f"; leverage of the effects removed ({fit.bias.leverage})" if fit.bias else ""
    head = f"clustered {how} ({counts} clusters)" if counts else how
    return f"{head}; {words}{leverage}"


def summary(fit: GravityFit) -> str:
    """One fit as text."""
    table = fit.tidy()
    head = ["", "estimate", "std. error", "z", "p", "low 95 %", "high 95 %"]
    rows = [_numbers(row) for row in table.itertuples(index=False)]
    return _text([head], rows, _facts(fit), "")


def fit_html(fit: GravityFit) -> str:
    """One fit as an HTML table."""
    head = ["", "estimate", "std. error", "z", "p", "low 95 %", "high 95 %"]
    rows = [_numbers(row) for row in fit.tidy().itertuples(index=False)]
    note = "; ".join(f"{name}: {value}" for name, value in _facts(fit))
    return _html(head, rows, note)


def _numbers(row: object) -> list[str]:
    values = [getattr(row, name) for name in ("estimate", "std_error", "statistic", "p_value", "low", "high")]
    return [str(row.term), *(f"{value:.4f}" if np.isfinite(value) else "" for value in values)]  # type: ignore[attr-defined]


def _facts(fit: GravityFit) -> Rows:
    facts = [
        ["estimator", "PPML" if fit.estimator == "ppml" else "least squares on log flows"],
        ["effects", ", ".join(fit.effect_names) or "constant"],
        ["standard errors", errors_in_words(fit)],
        ["observations", f"{fit.n_obs:,}"],
        ["dropped", "; ".join(f"{count:,} {reason}" for reason, count in fit.n_dropped.items()) or "none"],
        ["left out", "; ".join(f"{name} ({why})" for name, why in fit.collinear.items()) or "none"],
        ["pseudo R2" if fit.estimator == "ppml" else "R2", f"{fit.pseudo_r2:.4f}"],
        ["deviance", f"{fit.deviance:.6g}"],
        ["status", fit.status],
    ]
    if fit.bias is not None:
        bias = ", ".join(f"{name} {value:.6f}" for name, value in zip(fit.names, fit.bias.bias, strict=True))
        facts.append(["bias taken out", bias])
    return facts


def _text(head: Rows, rows: Rows, facts: Rows, note: str) -> str:
    body = [*head, *rows]
    widths = [max(len(row[k]) for row in body) for k in range(len(head[0]))]
    wide = len(facts) > 0 and len(facts[0]) == len(widths)
    if wide:
        widths = [max(width, *(len(row[k]) for row in facts)) for k, width in enumerate(widths)]

    def line(row: Sequence[str]) -> str:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        return "  ".join(cells).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    lines = [line(head[0]), rule, *(line(row) for row in rows), rule]
    if wide:
        lines += [line(row) for row in facts]
    else:
        name_width = max(len(row[0]) for row in facts)
        lines += [f"{row[0].ljust(name_width)}  {row[1]}" for row in facts]
    return "\n".join([*lines, note] if note else lines)


def _html(head: Sequence[str], rows: Rows, note: str) -> str:
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    caption = f"<caption>{escape(note)}</caption>" if note else ""
    return f"<table>{caption}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(_latex(cell) for cell in cells) + r" \\"


def _latex(text: str) -> str:
    for plain, safe in (("\\", r"\textbackslash{}"), ("&", r"\&"), ("%", r"\%"), ("_", r"\_"), ("#", r"\#"),
                        ("^", r"\^{}"), ("<", r"$<$"), ("R2", r"$R^2$")):  # fmt: skip
        text = text.replace(plain, safe)
    return text
