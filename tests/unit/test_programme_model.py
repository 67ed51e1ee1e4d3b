"""The fingerprint of a model tells models apart whose arrays hold the same bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from serai.programme.model import Layout, Model, Row

MODEL = Model(
    cast(Layout, None),
    gain=np.zeros(4),
    whole=np.ones(4),
    low=np.zeros(4),
    high=np.ones(4),
    rows=(Row("one", np.array([0, 1]), np.array([1.0, 2.0]), 0.0, 1.0),),
)


def test_the_same_whatever_the_rules_are_called() -> None:
    other = replace(MODEL, rows=(replace(MODEL.rows[0], rule="two"),))
    assert other.fingerprint == MODEL.fingerprint


@pytest.mark.parametrize("gain", [np.zeros(4, dtype=np.int64), np.zeros((2, 2)), np.full(4, 0.5)])
def test_another_with_other_numbers_kinds_or_shapes(gain: Any) -> None:
    assert replace(MODEL, gain=gain).fingerprint != MODEL.fingerprint
