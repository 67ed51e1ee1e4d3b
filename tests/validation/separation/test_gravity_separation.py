"""The separation examples of ppmlhdfe: the flag of every observation of all 18 files."""

from __future__ import annotations

from pathlib import Path

import pytest

from serai.validation.panels import SEPARATION, flags


@pytest.mark.parametrize("name", SEPARATION)
def test_flags_of_each_file(validation_data: Path, name: str) -> None:
    found, published = flags(validation_data / name)
    assert found.tolist() == published.tolist()
