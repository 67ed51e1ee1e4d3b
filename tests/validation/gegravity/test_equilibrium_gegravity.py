"""gegravity 0.3 on a synthetic world.

Its "full" equilibrium keeps the shares of output and expenditure at their base values, so that what comes
out are conditional resistances with prices behind them: our conditional mode matches both of its columns, our
full equilibrium neither.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from serai.equilibrium import solve, solve_conditional
from serai.validation.rivals import gegravity_resistances, shocked


@pytest.fixture(scope="module")
def rival() -> pd.DataFrame:
    pytest.importorskip("gegravity")
    return gegravity_resistances()


@pytest.mark.parametrize("column", ["conditional", "experiment"])
def test_both_its_modes_are_our_conditional_mode(rival: pd.DataFrame, column: str) -> None:
    found = solve_conditional(*shocked(), reference="C0")
    inward, outward = (rival[f"{column} {side}"] / rival[f"baseline {side}"] for side in ("imr", "omr"))
    np.testing.assert_allclose(found.inward, inward, rtol=1e-7)
    np.testing.assert_allclose(found.outward, outward, rtol=1e-7)


def test_its_full_mode_is_not_an_equilibrium_of_prices(rival: pd.DataFrame) -> None:
    full = solve(*shocked(), deficits="proportional").price_index
    assert np.abs(full / full[0] - rival["experiment imr"] / rival["baseline imr"]).max() > 1e-3
