"""The penppml panel: real, irregular data, 316,317 rows. No published table; pyfixest is the judge."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from serai.gravity import fit_gravity

pf = pytest.importorskip("pyfixest")
PROVISIONS = ["ad_prov_14", "cp_prov_23", "tbt_prov_07"]


def test_same_numbers_on_real_irregular_data(validation_data: Path) -> None:
    columns = ["exp", "imp", "time", "export", *PROVISIONS]
    panel = pd.read_parquet(validation_data / "penppml" / "trade_1964_2016.parquet", columns=columns)
    panel = panel[panel["time"].astype(int) >= 1992].astype({"exp": str, "imp": str, "time": int})
    ours = fit_gravity(
        panel, flow="export", covariates=PROVISIONS, exporter="exp", importer="imp", year="time"
    )
    panel["pair"] = panel["exp"] + panel["imp"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pf.fepois(
            f"export ~ {' + '.join(PROVISIONS)} | exp^time + imp^time + pair", panel, vcov={"CRV1": "pair"},
            ssc=pf.ssc(k_adj=False),
        )  # fmt: skip
    assert ours.n_obs == theirs._N
    assert sum(ours.n_dropped.values()) + ours.n_obs == len(panel)
    np.testing.assert_allclose(ours.coefficients, theirs.coef().to_numpy(), atol=1e-7)
    np.testing.assert_allclose(ours.std_errors, theirs.se().to_numpy(), rtol=1e-4)
