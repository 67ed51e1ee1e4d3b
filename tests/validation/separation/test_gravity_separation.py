"""The separation examples of ppmlhdfe: the flag of every observation of all 18 files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serai.gravity.separation import separated


@pytest.mark.parametrize("number", range(1, 19))
def test_flags_of_each_file(validation_data: Path, number: int) -> None:
    table = pd.read_csv(validation_data / "separation" / f"{number:02d}.csv")
    x = table[[c for c in table if c.startswith("x")]].to_numpy(float)
    groups = [pd.factorize(table[c])[0].astype(np.int64) for c in table if c.startswith("id")]
    found = separated(table["y"].to_numpy(float), x, groups)
    assert found.tolist() == table["separated"].astype(bool).tolist()
