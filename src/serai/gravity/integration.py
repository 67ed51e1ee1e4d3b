"""How far an economy is integrated with its region: the share of its trade that stays there.

A second measure beside the market that agreements open (`attraction.market_reach`): what is traded, not what
is promised. It needs no list of agreements, but it moves with everything that moves trade.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from serai.errors import InputError, Problem, UnknownNameError

TRADE_COLUMNS = ("exporter", "importer", "year", "value")


def intra_regional_share(trade: pd.DataFrame, regions: Mapping[str, str]) -> pd.DataFrame:
    """The share of each economy's foreign trade, exports and imports, that is with its own region.

    Parameters
    ----------
    trade : columns exporter, importer, year, value; several rows of a pair and year (sectors) add up, and
        domestic sales are left out.
    regions : economy -> region. An economy without one counts as a partner, but gets no share.

    Returns
    -------
    Columns economy, year, share; economies that trade with nobody of their region are left out, since the
    logarithm of nothing is not a number.

    Raises
    ------
    UnknownNameError : a column is missing.
    InputError : a value is missing or negative.

    Examples
    --------
    >>> trade = pd.DataFrame({"exporter": ["A", "A"], "importer": ["B", "C"], "value": [3.0, 1.0]})
    >>> trade["year"] = 2020
    >>> intra_regional_share(trade, {"A": "north", "B": "north", "C": "south"}).values.tolist()
    [['A', 2020, 0.75], ['B', 2020, 1.0]]
    """
    for name in TRADE_COLUMNS:
        if name not in trade.columns:
            raise UnknownNameError("column", name, [str(c) for c in trade.columns])
    wrong = ~(trade["value"] >= 0)
    if wrong.any():
        raise InputError(
            Problem(
                f"{int(wrong.sum())} values of trade are missing or negative",
                "Missing is not zero: fill them from a source, or drop the rows.",
                row=str(trade.index[wrong][0]),
                field="value",
            )
        )
    foreign = trade[trade["exporter"] != trade["importer"]]
    out = foreign.rename(columns={"exporter": "economy", "importer": "partner"})
    back = foreign.rename(columns={"importer": "economy", "exporter": "partner"})
    both = pd.concat([out, back])[["economy", "partner", "year", "value"]]
    own, other = both["economy"].map(dict(regions)), both["partner"].map(dict(regions))
    both["within"] = both["value"].where(own == other, 0.0)
    sums = both[own.notna()].groupby(["economy", "year"], observed=True)[["within", "value"]].sum()
    share = np.divide(sums["within"], sums["value"], where=sums["value"] > 0, out=np.zeros(len(sums)))
    table = pd.DataFrame({"share": share}, index=sums.index).reset_index()
    return table[table["share"] > 0].reset_index(drop=True)
