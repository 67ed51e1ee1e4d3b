"""Rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import LONGEST

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "serai"
MODEL_FOLDERS = (
    "gravity",
    "corridors",
    "equilibrium",
    "scenario",
    "ledger",
    "programme",
    "broker",
    "leverage",
)
PERCENTILES = {0.05, 0.95}  # of reported intervals
MATHEMATICAL = PERCENTILES | {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 10.0, 100.0}
NUMERICAL = re.compile(
    r"toler|TOL|step|STEP|damp|DAMP|floor|FLOOR|small|SMALL|tiny|TINY|accept|ACCEPT|trust|TRUST"
    r"|LOOSE|TIGHT|HOLD|STARS|LEVELS"
)


def _literals(path: Path) -> list[str]:
    """Float literals that are neither mathematical nor a named tolerance, with their lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, float)
        and node.value not in MATHEMATICAL
        and abs(node.value) > 1e-3
        and not NUMERICAL.search(lines[node.lineno - 1])
    ]


def test_parameters_are_data_not_literals() -> None:
    files = [path for folder in MODEL_FOLDERS for path in (SOURCE / folder).rglob("*.py")]
    assert len(files) > 10
    assert [found for path in files for found in _literals(path)] == []


def test_the_check_finds_a_literal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    file = tmp_path / "model.py"
    file.write_text("theta = 4.03\nhalf = 0.5\nTOLERANCE = 0.01\n")
    assert _literals(file) == ["model.py:1: 4.03"]


def test_no_registry_and_no_path_of_a_machine_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        path = ROOT / name
        if path.suffix in (".png", ".ico") or not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?m)^\s*(--index-url|--extra-index-url|--find-links)", text), name
        assert str(ROOT) not in text, f"{name} names a folder of this machine"


def test_the_template_of_the_catalogues_is_complete() -> None:
    script = [sys.executable, str(ROOT / "tools" / "messages.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run tools/messages.py; missing:\n{done.stdout}{done.stderr}"


def test_files_that_begin_first_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
