"""Shared by all tests: where the raw figures are, and what a missing folder means."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from serai.brief.document import Brief

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
STANDARDS = os.environ.get("SERAI_STANDARDS")


def _folder(variable: str, default: str, given: str | None = None) -> Path:
    path = Path(given or os.environ.get(variable, SHARED / default))
    if not path.is_dir():
        pytest.skip(f"{path} is absent; set {variable} to run this test")
    return path


@pytest.fixture(autouse=True)
def _no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's download of the standards changes what readers refuse; tests that want it say so."""
    monkeypatch.delenv("SERAI_STANDARDS", raising=False)


@pytest.fixture(scope="session")
def raw_data() -> Path:
    """The raw figures from which the packaged tables are derived."""
    return _folder("SERAI_DATA", "data")


@pytest.fixture(scope="session")
def validation_data() -> Path:
    """Published results and the data behind them; test use only."""
    return _folder("SERAI_VALIDATION", "validation")


@pytest.fixture(scope="session")
def standards() -> Path:
    """Schemas and code lists of IATI 2.03 and OC4IDS 0.9.5."""
    return _folder("SERAI_STANDARDS", "standards", STANDARDS)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():  # type: ignore[no-untyped-def]
    """Under SERAI_STRICT=1 a skipped test is a failed test."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("SERAI_STRICT") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped under SERAI_STRICT=1: {report.longrepr}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long runs only on request: `pytest -m soak`."""
    if "soak" in (config.getoption("-m") or ""):
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def brief() -> Brief:
    """The brief of the reference study from a few draws, made once for all tests."""
    from serai.pipeline import make_brief

    return make_brief(draws=12, workers=1)


@pytest.fixture
def serai(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """The command line in this process: what it says, on the other stream where it fails."""
    from serai.cli import main

    def run(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["serai", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        assert int(left.value.code or 0) == code, said.err
        return said.out if code == 0 else said.err

    return run
