"""Many industries: the same numbers whatever the executor; a failed industry is reported."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from serai.errors import UnknownNameError
from serai.executors import Dask, Processes, Serial
from serai.gravity import fit_gravity, fit_gravity_by
from unit.gravity_world import world


@pytest.fixture(scope="module")
def industries() -> pd.DataFrame:
    parts = [world(5, 3, seed=30 + k).assign(industry=f"S{k:02d}") for k in range(4)]
    parts[2]["flow"] = 0.0
    return pd.concat(parts, ignore_index=True)


def test_each_industry_as_if_alone_and_failures_reported(industries: pd.DataFrame) -> None:
    result = fit_gravity_by(industries, by="industry", flow="flow", covariates=["x"])
    assert list(result.fits) == ["S00", "S01", "S03"]
    assert "no observation is left" in result.failed["S02"]
    alone = fit_gravity(industries[industries["industry"] == "S01"], flow="flow", covariates=["x"])
    np.testing.assert_array_equal(result.fits["S01"].coefficients, alone.coefficients)
    np.testing.assert_array_equal(result.fits["S01"].vcov, alone.vcov)
    table = result.tidy()
    assert table["industry"].tolist() == ["S00", "S01", "S03", "S02"]
    assert "3 of 4" in result.summary()


@pytest.mark.parametrize("partitioned", [False, True])
def test_parquet_and_processes_give_the_same_numbers(
    industries: pd.DataFrame, tmp_path: Path, partitioned: bool
) -> None:
    path = tmp_path / ("flows" if partitioned else "flows.parquet")
    industries.to_parquet(path, partition_cols=["industry"] if partitioned else None)
    memory = fit_gravity_by(industries, by="industry", flow="flow", covariates=["x"])
    for executor in (Serial(), Processes(2)):
        result = fit_gravity_by(path, by="industry", executor=executor, flow="flow", covariates=["x"])
        assert list(result.fits) == list(memory.fits)
        assert list(result.failed) == list(memory.failed)
        for key, fit in result.fits.items():
            np.testing.assert_array_equal(fit.coefficients, memory.fits[key].coefficients)
            np.testing.assert_array_equal(fit.vcov, memory.fits[key].vcov)


def test_an_unknown_column_is_named(industries: pd.DataFrame, tmp_path: Path) -> None:
    industries.to_parquet(tmp_path / "flows.parquet")
    for source in (industries, tmp_path / "flows.parquet"):
        with pytest.raises(UnknownNameError, match="Did you mean industry"):
            fit_gravity_by(source, by="industri", flow="flow", covariates=["x"])


class _Future:
    status = "finished"

    def __init__(self, value: object) -> None:
        self.value = value

    def result(self, timeout: float) -> object:
        assert timeout > 0
        return self.value

    def release(self) -> None:
        self.value = None


class _Client:
    """What `Dask` needs of a `distributed.Client`: pieces travel pickled, as they would on a cluster."""

    status = "running"
    scheduler = SimpleNamespace(address="tcp://here:1")

    def scheduler_info(self) -> dict[str, dict[str, int]]:
        return {"workers": {"one": 1, "two": 2}}

    def map(self, function: Callable[[object], object], pieces: list[object], pure: bool) -> list[_Future]:
        assert pure is False
        return [_Future(pickle.loads(pickle.dumps(function(pickle.loads(pickle.dumps(p)))))) for p in pieces]


def test_a_cluster_gives_the_same_numbers(industries: pd.DataFrame, tmp_path: Path) -> None:
    industries.to_parquet(tmp_path / "flows.parquet")
    cluster = Dask(_Client())
    assert cluster.workers == 2
    memory = fit_gravity_by(industries, by="industry", flow="flow", covariates=["x"])
    for source in (industries, tmp_path / "flows.parquet"):
        result = fit_gravity_by(source, by="industry", executor=cluster, flow="flow", covariates=["x"])
        assert list(result.failed) == ["S02"]
        np.testing.assert_array_equal(result.fits["S03"].vcov, memory.fits["S03"].vcov)
