"""Lags and leads by pair, for effects that phase in and for tests of anticipation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from serai.errors import InputError, Problem, UnknownNameError


def add_lags(
    panel: pd.DataFrame,
    column: str,
    years: Sequence[int],
    *,
    exporter: str = "exporter",
    importer: str = "importer",
    year: str = "year",
) -> pd.DataFrame:
    """The panel with what `column` was some years before in the same pair.

    Parameters
    ----------
    panel : one row for each exporter, importer and year.
    column : the covariate.
    years : how many years before; negative for years after (leads).

    Returns
    -------
    A new frame with columns `<column>_lag4`, `<column>_lead4`, ...; missing where the panel has no such
    year. `fit_gravity` refuses missing values: drop those rows, or fill them from a source.

    Examples
    --------
    >>> panel = pd.DataFrame({"exporter": "A", "importer": "B", "year": [1, 2, 3], "rta": [0, 0, 1]})
    >>> add_lags(panel, "rta", [-1])["rta_lead1"].tolist()
    [0.0, 1.0, nan]
    """
    for name in (column, exporter, importer, year):
        if name not in panel.columns:
            raise UnknownNameError("column", name, [str(c) for c in panel.columns])
    keys = [exporter, importer, year]
    again = panel.duplicated(keys)
    if again.any():
        row = panel.index[np.flatnonzero(again)[0]]
        raise InputError(
            Problem(
                f"{int(again.sum())} rows repeat an exporter, importer and year",
                "Keep one row for each.",
                row=str(row),
                field=", ".join(keys),
            )
        )
    out = panel.copy()
    for shift in years:
        if shift == 0:
            raise InputError(
                Problem("a lag of zero years is the column itself", "Give other years.", field="years")
            )
        source = panel[[*keys, column]].copy()
        source[year] = source[year] + shift
        name = f"{column}_{'lag' if shift > 0 else 'lead'}{abs(shift)}"
        found = panel[keys].merge(source, on=keys, how="left", validate="one_to_one")
        out[name] = found[column].to_numpy(dtype=float, na_value=np.nan)
    return out
