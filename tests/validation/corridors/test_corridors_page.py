"""The page about corridors says what the code gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from serai.atlas import load

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_about_corridors_is_current() -> None:
    script = "import sys; from tools.describe_corridors import page; sys.stdout.buffer.write(page().encode())"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    assert run.stdout.decode("utf-8") == (ROOT / "docs" / "corridors.md").read_text(encoding="utf-8")


def test_the_routing_elasticity_is_the_fitted_one() -> None:
    script = "from tools.fit_routing import values; print(*values().values())"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    psi = np.array([float(text) for text in run.stdout.split()])
    row = load().parameter("routing_elasticity")
    assert row.value == pytest.approx(np.exp(np.log(psi).mean()), rel=0.01)
    assert (row.low, row.high) == (pytest.approx(psi.min(), rel=0.01), pytest.approx(psi.max(), rel=0.01))
