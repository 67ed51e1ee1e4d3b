"""Shared by all tests: where the raw figures are, and what a missing folder means."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from made_once import make_once

if TYPE_CHECKING:
    from serai.atlas import Atlas
    from serai.brief.document import Brief, Desk
    from serai.leverage import Leverage
    from serai.programme.plan import Plan

WORKER = "PYTEST_XDIST_WORKER" in os.environ
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # threads cost more than they give here; read when NumPy comes

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Soak runs only on request: `pytest -m soak`. Among workers the files that take longest begin first."""
    if "soak" not in (config.getoption("-m") or ""):
        soak = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=soak)
        items[:] = [item for item in items if item not in soak]
    if WORKER:
        items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    """Where a file comes among those that take longest; the others, and those from elsewhere, after them."""
    tests = ROOT / "tests"
    name = path.relative_to(tests).as_posix() if path.is_relative_to(tests) else ""
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


# files that take more than some ten seconds, so that no worker is left alone with one at the end
LONGEST = (
    "browser/test_accessibility.py",
    "validation/test_atlas_rebuild.py",
    "unit/test_cli.py",
    "validation/corridors/test_corridors_page.py",
    "unit/test_programme_study.py",
    "soak/test_kill.py",
    "docs/test_examples.py",
    "unit/test_new_region.py",
    "validation/corridors/test_corridors_transit.py",
    "docs/test_site.py",
    "unit/test_translations.py",
    "unit/test_cli_leverage.py",
    "validation/smaa/test_smaa_thrombo.py",
    "soak/test_kill_sweep.py",
    "unit/test_sweep.py",
    "unit/test_cli_data.py",
)

DRAWS = 12  # of the brief that the tests share
T = TypeVar("T")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[], Any]], Any]:
    """`once(name, make)`: what `make` gives, made by the first worker that asks and read by the others."""
    folder = tmp_path_factory.getbasetemp()
    if WORKER:
        folder = folder.parent  # each worker has a folder of its own in that of the run

    def found(name: str, make: Callable[[], T]) -> T:
        return make_once(folder, name, make) if WORKER else make()

    return found


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    """The packaged tables; what is computed for them, such as routes, stays with them."""
    from serai.atlas import load

    return load()


@pytest.fixture(scope="session")
def told(once: Callable[[str, Callable[[], Any]], Any]) -> tuple[Brief, Plan | None, Leverage]:
    """The brief of the reference study from a few draws, with the plan and the leverage it tells of."""
    from serai import pipeline

    def make() -> tuple[Brief, Plan | None, Leverage]:
        kept: list[tuple[Plan | None, Leverage]] = []
        meanwhile = pipeline._meanwhile

        def keep(*given: Any) -> tuple[Plan | None, Leverage]:
            kept.append(meanwhile(*given))
            return kept[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pipeline, "_meanwhile", keep)
            made = pipeline.make_brief(draws=DRAWS, workers=1)
        return made, *kept[0]

    return once("brief", make)  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def brief(told: tuple[Brief, Plan | None, Leverage]) -> Brief:
    """The brief of the reference study from a few draws, made once for all tests."""
    return told[0]


@pytest.fixture(scope="session")
def commanded(
    once: Callable[[str, Callable[[], Any]], Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The same run by the command line, of two workers and in pieces of five draws, and what it said."""
    script = "from serai.scenario import evaluate; evaluate.PIECE = 5; from serai.cli import main; main()"

    def make() -> tuple[Path, subprocess.CompletedProcess[str]]:
        out = tmp_path_factory.mktemp("commanded") / "run"
        options = ("--draws", str(DRAWS), "--workers", "2", "--out", str(out))
        command = [sys.executable, "-c", script, "brief", *options]
        environment = {**os.environ, "COLUMNS": "200", "PYTHONWARNINGS": "error::RuntimeWarning"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        return out, done

    return once("commanded", make)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def desk(brief: Brief) -> Desk:
    """The desk of the brief with no number on it yet, so that a section is written afresh."""
    from serai.brief.numbers import Numbers

    return replace(brief.desk, numbers=Numbers())


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
